/**
 * `coldtrace run`: over a program that does nothing, where all that takes time is its own, and over
 * one that writes a long log while that is read.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { Rounds } from "../_rounds.ts";
import { Lines, type Passer } from "./_lines.ts";
import { Nothing, type Runner } from "./_nothing.ts";

let nothing: Nothing | undefined;
let lines: Lines | undefined;

/** Removes at the end what was made on the way. */
function open<T extends Disposable>(opened: T): T {
  addEventListener("unload", () => opened[Symbol.dispose]());
  return opened;
}

const runners = Nothing.runners();
const passers: Passer[] = ["cat FILE", "coldtrace run -- cat FILE"];

const runs = new Rounds<Runner>(runners, (runner) => {
  nothing ??= open(new Nothing());
  return Promise.resolve({ time: nothing.time(runner) });
});
const passes = new Rounds<Passer>(passers, async (passer) => {
  lines ??= open(new Lines(1_000_000));
  return { time: await lines.time(passer) };
}, 4);

benchWith(["run", "read", "write", "env"], "coldtrace run", [
  ...runners.map((name) =>
    runs.bench("time", name, {
      name,
      group: "a program that does nothing",
      baseline: name === "true",
    })
  ),
  ...passers.map((name) =>
    passes.bench("time", name, {
      name,
      group: "1,000,000 lines of vLLM's log, not ready yet",
      baseline: name === "cat FILE",
    })
  ),
]);

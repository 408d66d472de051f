/**
 * `coldtrace diff` of 100 starts of vLLM against 100, 1,788 spans each, as a whole process: what it
 * takes when they have been read before, when they are baseline files, and for the first time.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { Rounds } from "../_rounds.ts";
import { COMPARED, type Compared, Diffs } from "./_diffs.ts";

let diffs: Diffs | undefined;

const rounds = new Rounds<Compared>([...COMPARED], async (compared) => {
  if (diffs === undefined) {
    const made = diffs = new Diffs(100);
    addEventListener("unload", () => made[Symbol.dispose]());
    await made.prepare();
  }
  return { time: diffs.time(compared) };
}, 4);

benchWith(["run", "read", "write", "env"], "coldtrace diff", [
  ...COMPARED.map((name) =>
    rounds.bench("time", name, {
      name,
      group: "diff of 2 x 100 starts",
      baseline: name === "stored runs",
    })
  ),
]);

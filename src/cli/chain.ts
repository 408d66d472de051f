/**
 * `coldtrace chain`: the critical path of a start, backwards.
 *
 * @module
 */
import { chain, fold, targetOf } from "../read/chain.ts";
import type { Start } from "../read/start.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { nearest } from "./nearest.ts";
import { print } from "./output.ts";
import { readRunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run and prints its critical path, as text or as JSON. */
export const verb: Verb = defineVerb({
  verb: "chain",
  summary: "Shows the critical path of a start backwards: what was waited for, step by step.",
  operands: [runOperand],
  options: {
    to: {
      kind: "text",
      value: "TARGET",
      help: "ready, first-token, or a span's name or id.",
    },
    all: { kind: "flag", help: "Show each step, also the small ones." },
    json: { kind: "flag", help: "Print JSON, with each step and durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ to, all, json, dir }, [ref]) => {
  const start = startOf(await readRunInput(ref, dir));
  const target = targetOf(start, to);
  if (target === undefined) throw unknown(start, to ?? "");
  const steps = chain(start, target);
  if (json) {
    const { chainReport } = await import("../show/chain_json.ts");
    print(`${JSON.stringify(chainReport(start, target, steps), undefined, 2)}\n`);
  } else {
    const { chainText } = await import("../show/chain_text.ts");
    print(chainText(start, target, all ? steps : fold(steps)));
  }
  return 0;
});

/** How many names are told. */
const MOST = 3;

function unknown(start: Start, to: string): UsageError {
  if (to === "ready") {
    return new UsageError(
      "Cannot follow to 'ready' as the start did not get there: leave out --to",
    );
  }
  if (to === "first-token") {
    return new UsageError("Cannot follow to 'first-token' as none was seen in this start");
  }
  const ended = start.spans.filter(({ endTimeUnixNano = start.end }) =>
    endTimeUnixNano > start.launch
  );
  const names = [...new Set(ended.map(({ name }) => name))];
  const known: string[] = [];
  while (known.length < MOST) {
    const next = nearest(to, names.filter((name) => !known.includes(name)));
    if (next === undefined) break;
    known.push(next);
  }
  const within = names.filter((name) => name.includes(to) && !known.includes(name));
  const meant = [...known, ...within].slice(0, MOST).map((name) => `'${name}'`);
  const advice = meant.length > 0
    ? `did you mean ${meant.join(" or ")}?`
    : "see coldtrace blame --all";
  return new UsageError(
    `Cannot follow to '${to}' as no span of that name ends after launch: ${advice}`,
  );
}

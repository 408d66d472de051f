/**
 * `coldtrace time`: where a start went.
 *
 * @module
 */
import { rows } from "../read/rows.ts";
import { defineVerb, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { dirOption, readRunInput, runOperand, startOf } from "./run_input.ts";

/** Reads a run and prints where its start went, as text or as JSON. */
export const verb: Verb = defineVerb({
  verb: "time",
  summary: "Shows where a start went: one line, then a row per phase, and the total.",
  operands: [runOperand],
  options: {
    json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ json, dir }, [ref]) => {
  const start = startOf(await readRunInput(ref, dir));
  if (json) {
    const { timeReport } = await import("../show/time_json.ts");
    print(`${JSON.stringify(timeReport(start, rows(start)), undefined, 2)}\n`);
  } else {
    const { timeText } = await import("../show/time_text.ts");
    print(timeText(start, rows(start)));
  }
  return 0;
});

/**
 * `coldtrace time`: where a start went.
 *
 * @module
 */
import { rows } from "../read/rows.ts";
import { readStart, type Start } from "../read/start.ts";
import { defineVerb, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { dirOption, readRunInput, runOperand } from "./run_input.ts";

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
  const { records, id, isOpen } = await readRunInput(ref, dir);
  const { ended, ...read } = readStart(records);
  const start: Start = {
    ...read,
    // A root that never came cannot say which run it was.
    ...(read.run === undefined && id !== undefined && { run: id }),
    // One that may still come does not say that coldtrace was killed.
    ...(ended && !(isOpen && ended.reason === "launcher-killed") && { ended }),
  };
  if (json) {
    const { timeReport } = await import("../show/time_json.ts");
    print(`${JSON.stringify(timeReport(start, rows(start)), undefined, 2)}\n`);
  } else {
    const { timeText } = await import("../show/time_text.ts");
    print(timeText(start, rows(start)));
  }
  return 0;
});

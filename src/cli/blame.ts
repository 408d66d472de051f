/**
 * `coldtrace blame`: which spans a start waited for.
 *
 * @module
 */
import { blame } from "../read/blame/blame.ts";
import { defineVerb, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { readRunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run and prints its spans by what each one took of the critical path. */
export const verb: Verb = defineVerb({
  verb: "blame",
  summary: `Shows which spans a start waited for, by their time on the critical path.

Times of a span: on path, what the start waited for it; self, without the spans
under it; total; and when it began, counted from launch.`,
  operands: [runOperand],
  options: {
    all: {
      kind: "flag",
      help: "Show every span, and how much later each could have ended (slack).",
    },
    json: { kind: "flag", help: "Print JSON, with every span and durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ all, json, dir }, [ref]) => {
  const start = startOf(await readRunInput(ref, dir));
  if (json) {
    const { blameReport } = await import("../show/blame_json.ts");
    print(`${JSON.stringify(blameReport(start, blame(start)), undefined, 2)}\n`);
  } else {
    const { blameText } = await import("../show/blame_text.ts");
    print(blameText(start, blame(start, all), all));
  }
  return 0;
});

/**
 * `coldtrace time`: where a start went.
 *
 * @module
 */
import { type Grouping, groups, rows } from "../read/rows.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { readRunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run and prints where its start went, as text or as JSON. */
export const verb: Verb = defineVerb({
  verb: "time",
  summary: "Shows where a start went: one line, then a row per phase, and the total.",
  operands: [runOperand],
  options: {
    by: {
      kind: "text",
      value: "WHAT",
      help: "A row for each phase, process, source or package instead.",
    },
    json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ by: what, json, dir }, [ref]) => {
  const by = what === undefined ? undefined : groupingOf(what);
  const start = startOf(await readRunInput(ref, dir));
  const grouped = by && groups(start, by);
  if (json) {
    const { timeReport } = await import("../show/time_json.ts");
    const report = timeReport(start, rows(start), grouped && { by, groups: grouped });
    print(`${JSON.stringify(report, undefined, 2)}\n`);
  } else {
    const { timeText } = await import("../show/time_text.ts");
    print(timeText(start, grouped ?? rows(start)));
  }
  return 0;
});

const GROUPINGS: readonly Grouping[] = ["phase", "process", "source", "package"];

function groupingOf(text: string): Grouping {
  const found = GROUPINGS.find((grouping) => grouping === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot time as 'by' must be phase, process, source or package: current value is ${text}`,
  );
}

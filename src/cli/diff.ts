/**
 * `coldtrace diff`: starts against starts.
 *
 * @module
 */
import { compare } from "../read/comparison/compare.ts";
import { defineVerb, type Verb } from "./args.ts";
import {
  checkedDifferences,
  checkReady,
  comparisonOptions,
  floorsOf,
  readSides,
} from "./compare/comparison.ts";
import { REF_HELP } from "./compare/vectors.ts";
import { print } from "./output.ts";
import { dirOption } from "./run_store.ts";

/** Compares the starts of two sides, and says for each row whether it is slower. */
export const verb: Verb = defineVerb({
  verb: "diff",
  summary: `Compares starts: the total, the first token and each phase, with a verdict for each.

Both sides are ${REF_HELP}.
A row has regressed or improved if that is significant (exact rank-sum test at
0.05; phases and first token corrected by Holm's method) and its shift is beyond
both floors; it is the same if the 95 % interval of the shift is within them.
It appeared or vanished if one side alone has it; gate judges what that costs.
Verdicts need 4 + 4 starts at least, taken in turn, of one model on one class of
machine with caches in one state; 6 + 6 are enough for 23 rows.`,
  operands: [
    { name: "A", help: "What it was." },
    { name: "B", help: "What it is now." },
  ],
  options: {
    ...comparisonOptions,
    json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
    dir: dirOption,
  },
}, async (options, [left = "", right = ""]) => {
  const { dir, json, all } = options;
  const floors = floorsOf("diff", options["min-change"], options["min-time"]);
  const [a, b] = await readSides([left, right], dir);
  for (const side of [a, b]) checkReady("diff", side);
  const differences = checkedDifferences("diff", a, b, options["allow-mixed"]);
  const compared = { a, b, differences, comparison: compare(a.runs, b.runs, floors) };
  if (json) {
    const { diffReport } = await import("../show/diff_json.ts");
    print(`${JSON.stringify(diffReport(compared), undefined, 2)}\n`);
  } else {
    const { diffText } = await import("../show/diff_text.ts");
    print(diffText(compared, all));
  }
  return 0;
});

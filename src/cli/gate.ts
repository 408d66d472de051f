/**
 * `coldtrace gate`: may a build pass?
 *
 * @module
 */
import { budgetsOf } from "./compare/budgets.ts";
import { defineVerb, UsageError, type Values, type Verb } from "./args.ts";
import {
  checkAlike,
  checkedDifferences,
  checkReady,
  comparisonOptions,
  floorsOf,
  readSides,
} from "./compare/comparison.ts";
import { REF_HELP } from "./compare/vectors.ts";
import { print } from "./output.ts";
import { dirOption } from "./run_store.ts";
import { withoutFirst } from "../read/comparison/sides.ts";

/** Of a series that is split: the first pair is dropped, and 4 on each side are the least. */
const LEAST_SERIES = 10;

const OPTIONS = {
  max: {
    kind: "list",
    value: "NAME=+MORE",
    help: "A budget: total=+5%, first_token=+1s, or a phase's: weights=+2s.",
  },
  budgets: { kind: "text", value: "FILE", help: 'Budgets in JSON: {"total": "+5%"}.' },
  ...comparisonOptions,
  "self-test": { kind: "flag", help: "Split the starts of BASE by chance, many times." },
  markdown: { kind: "text", value: "FILE", help: "Write a summary in Markdown, too." },
  json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
  dir: dirOption,
} as const;

/** Compares starts as `diff` does, and says by its exit code whether they became slower. */
export const verb: Verb = defineVerb({
  verb: "gate",
  summary: `Compares starts as diff does, for builds, without the first start of each side.

Exit code: 0 the same or improved, 1 regressed, 2 usage, 3 inconclusive.
Both sides are ${REF_HELP}.
A budget replaces the floors for what it names; a phase's is for all processes
together. What takes significantly more than its budget gives 1; more, but not
significantly, 3. Without one, any row that regressed gives 1, and a total that
is inconclusive 3. What appeared in a process counts as one row that has grown
from what vanished in it: a new phase gives 1, one with a new name does not.
Starts in blocks instead of in turn, as of a baseline from another day, give 3,
and so do new starts that did not become ready or have no first token where it
was told before.
Take 7 + 7 (coldtrace run -n 7 --interleave): 6 + 6 remain.`,
  operands: [
    { name: "BASE", help: "What it was." },
    { name: "NEW", help: "What it is now; not with --self-test.", optional: true },
  ],
  options: OPTIONS,
}, async (options, [base = "", next]) => {
  const floors = floorsOf("gate", options["min-change"], options["min-time"]);
  if (options["self-test"]) return await test(options, base, next, floors);
  if (next === undefined) throw new UsageError("Cannot gate as 'NEW' must be given");
  const [a, b] = await readSides([base, next], options.dir);
  checkReady("gate", a, 2);
  // Builds whose engine does not start are judged, too.
  checkReady("gate", b, 2, true);
  const judged = [withoutFirst(a), withoutFirst(b)] as const;
  const differences = checkedDifferences("gate", ...judged, options["allow-mixed"]);
  const budgets = budgetsOf(options.max, options.budgets, [...judged[0].runs, ...judged[1].runs]);
  const { judgeGate } = await import("../read/comparison/gate.ts");
  const gated = { judgement: judgeGate(a, b, floors, budgets), differences };
  if (options.markdown !== undefined) {
    const { gateMarkdown } = await import("../show/gate_markdown.ts");
    write(options.markdown, gateMarkdown(gated));
  }
  if (options.json) {
    const { gateReport } = await import("../show/gate_json.ts");
    print(`${JSON.stringify(gateReport(gated), undefined, 2)}\n`);
  } else {
    const { gateText } = await import("../show/gate_text.ts");
    print(gateText(gated, options.all));
  }
  return { pass: 0, regressed: 1, inconclusive: 3 }[gated.judgement.outcome];
});

async function test(
  options: Values<typeof OPTIONS>,
  ref: string,
  next: string | undefined,
  floors: { change: number; time: number },
): Promise<number> {
  if (next !== undefined) {
    throw new UsageError(`Cannot gate as --self-test takes one series: current value is ${next}`);
  }
  const [series] = await readSides([ref], options.dir);
  checkReady("gate", series, LEAST_SERIES);
  // The first pair is dropped.
  checkAlike("gate", { ...series, runs: series.runs.slice(2) }, options["allow-mixed"]);
  const { selfTest } = await import("../read/comparison/self_test.ts");
  const result = selfTest(series.runs, { floors });
  if (options.json) {
    const { selfTestReport } = await import("../show/gate_json.ts");
    print(`${JSON.stringify(selfTestReport(result), undefined, 2)}\n`);
  } else {
    const { selfTestText } = await import("../show/gate_text.ts");
    print(selfTestText(result));
  }
  return 0;
}

function write(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot gate as 'markdown' cannot be written: ${reason}`);
  }
}

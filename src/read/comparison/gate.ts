/**
 * Whether starts may have become slower.
 *
 * @module
 */
import { type Budget, type BudgetResult, holdAgainst, isOf } from "./budget.ts";
import { compare, type ComparedRow, type Comparison, FLOORS, type Floors } from "./compare.ts";
import { type NewPhases, newPhases } from "./new_phases.ts";
import { type Side, withoutFirst } from "./sides.ts";
import { NEARLY_ALL } from "./_values.ts";

/** What a gate says: `pass` is the same or improved. */
export type Outcome = "pass" | "regressed" | "inconclusive";

/** A gate's judgement. */
export interface Judgement {
  readonly outcome: Outcome;
  /** Why it is not `pass`, each as a line; what weighs most comes first. */
  readonly reasons: readonly string[];
  readonly comparison: Comparison;
  /** The sides as they were compared: without their first starts of each series. */
  readonly base: Side;
  readonly next: Side;
  /** What became of each budget. */
  readonly budgets: readonly BudgetResult[];
}

/**
 * Drops the first start of each side, of each series, and judges the rest.
 *
 * What has a budget is held against that; everything else against the floors. Any row that
 * regressed, and any budget that is exceeded significantly, is a regression; so is what appeared in a
 * process, if it takes significantly longer than what vanished of it. It is inconclusive
 * where no verdict can be given, where a budget is exceeded but not significantly, where the total
 * (if it has no budget) is neither the same nor improved, and where starts of the new side did not
 * become ready, gave no first token when asked, or tell one less often than the old ones and than in
 * 8 of 10. Single phases that are inconclusive do not count: their time is in the total.
 *
 * @param base what it was.
 * @param next what it is now; where none of its starts became ready, it is inconclusive.
 * @param floors by how much a row must have shifted to matter.
 * @param budgets what is allowed.
 */
export function judgeGate(
  base: Side,
  next: Side,
  floors: Floors = FLOORS,
  budgets: readonly Budget[] = [],
): Judgement {
  const [a, b] = [withoutFirst(base), withoutFirst(next)];
  const comparison = compare(a.runs, b.runs, floors);
  const { noVerdict, rows } = comparison;
  const results = holdAgainst(budgets, a.runs, b.runs, noVerdict === undefined);
  const unanswered = b.runs.filter((run) => run.unanswered).length;
  const isFree = (row: Pick<ComparedRow, "kind" | "phase" | "process">) =>
    !budgets.some(({ name }) => isOf(name, row));
  const free = rows.filter(isFree);
  const added = newPhases(a.runs, b.runs, comparison, isFree);
  const regressed = [
    ...free.filter(({ verdict }) => verdict === "regressed").map((row) =>
      `${nameOf(row)} regressed`
    ),
    ...added.filter(({ isSure }) => isSure).map(appearedText),
    ...results.filter(({ verdict }) => verdict === "exceeded")
      .map(({ budget }) => `${budget.name} exceeds its budget`),
  ];
  const unclear = [
    ...(noVerdict === undefined || noVerdict === "none" ? [] : ["no verdict can be given"]),
    ...(noVerdict === "none" && b.failed === 0
      ? ["no start is left on each side without the first"]
      : []),
    ...(b.failed > 0
      ? [
        `${b.failed} of ${b.failed + b.runs.length} starts of ${next.name} did not become ready`,
      ]
      : []),
    ...(unanswered > 0
      ? [`${unanswered} of ${b.runs.length} starts of ${next.name} gave no first token when asked`]
      : rows.filter((row) => isSilent(row, comparison)).map((row) =>
        `only ${row.b?.present ?? 0} of ${b.runs.length} starts of ${next.name} had a first token`
      )),
    ...results.filter(({ verdict }) => verdict === "unclear").map(({ budget, shift }) =>
      shift === undefined
        ? `${budget.name} has a budget, and a side does not tell it`
        : `${budget.name} exceeds its budget, but not significantly`
    ),
    ...free.filter(({ kind, verdict }) => kind === "total" && verdict === "inconclusive")
      .map(() => "the total is inconclusive"),
    ...added.filter(({ isSure }) => !isSure)
      .map((phases) => `${appearedText(phases)}, but not significantly among so many rows`),
  ];
  return {
    outcome: regressed.length > 0 ? "regressed" : unclear.length > 0 ? "inconclusive" : "pass",
    reasons: [...regressed, ...unclear],
    comparison,
    base: a,
    next: b,
    budgets: results,
  };
}

/** Whether the new side tells the first token less often than it was told, and not nearly always. */
function isSilent({ kind, a, b }: ComparedRow, { runs }: Comparison): boolean {
  const [was, is] = [(a?.present ?? 0) / runs.a, (b?.present ?? 0) / runs.b];
  return kind === "first_token" && is < was && is < NEARLY_ALL;
}

/** How many phases that appeared are named. */
const MOST_NAMES = 3;

function appearedText({ appeared, isInstead }: NewPhases): string {
  const processes = new Set(appeared.map(({ process }) => process));
  const [process, ...others] = processes;
  // Of one process they are named together.
  const isOne = others.length === 0 && process !== undefined;
  const names = appeared.slice(0, MOST_NAMES).map((row) => isOne ? row.phase : nameOf(row));
  const more = appeared.length - names.length;
  const all = [...names, ...more > 0 ? [`${more} more`] : []];
  const list = all.length === 1 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
  const of = isOne ? ` of ${process}` : "";
  return `${list}${of} appeared${isInstead ? ", and took more than what vanished" : ""}`;
}

function nameOf({ phase, process }: { readonly phase: string; readonly process?: string }): string {
  return process === undefined ? phase : `${phase} of ${process}`;
}

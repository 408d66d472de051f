/**
 * A gate's judgement for people.
 *
 * @module
 */
import type { BudgetResult } from "../read/comparison/budget.ts";
import type { Judgement } from "../read/comparison/gate.ts";
import type { IdentityComparison } from "../read/comparison/identity_comparison.ts";
import type { SelfTest } from "../read/comparison/self_test.ts";
import { duration, labelOf, percent, probability, signed } from "./_shift.ts";
import { diffText } from "./diff_text.ts";
import { namedTable } from "./_named_table.ts";
import { wrap } from "./_wrap.ts";

/** How wide the lines are at most. */
const WIDTH = 80;

/** A judgement, and how the identities of its sides differ. */
export interface Gated {
  readonly judgement: Judgement;
  readonly differences: IdentityComparison;
}

/**
 * Writes what a gate says.
 *
 * @param gated the judgement.
 * @param all whether to show rows that are the same, too.
 * @returns text of 80 columns, tables of at most 100: the outcome and why; what became of budgets; the
 * comparison as `coldtrace diff` writes it.
 */
export function gateText({ judgement, differences }: Gated, all = false): string {
  const { base: a, next: b, comparison, budgets } = judgement;
  const held = budgets.length === 0
    ? ""
    : namedTable([BUDGET_HEAD, ...budgets.map(budgetCells)], BUDGET_ALIGN);
  // The first is in the line above.
  const more = judgement.reasons.slice(1).map((reason) => `also: ${reason}`);
  const said = [outcomeText(judgement), ...more].flatMap((text) => wrap(text, WIDTH, "  "));
  return [
    said.map((text) => `${text}\n`).join(""),
    held,
    diffText({ a, b, differences, comparison }, all),
  ].filter((part) => part !== "").join("\n");
}

/** `gate: regressed (weights of Worker regressed)`. */
export function outcomeText({ outcome, reasons }: Judgement): string {
  const [first, ...more] = reasons;
  if (first === undefined) return `gate: ${outcome}`;
  return `gate: ${outcome} (${first}${more.length > 0 ? `, and ${more.length} more` : ""})`;
}

/** What became of a budget, in cells. */
export function budgetCells({ budget, a, b, shift, limit, p, verdict }: BudgetResult): string[] {
  return [
    budget.name,
    a === undefined ? "-" : duration(a),
    b === undefined ? "-" : duration(b),
    shift === undefined ? "" : signed(shift),
    limit === undefined ? "" : signed(limit),
    // It is how sure it is that more was taken than allowed.
    p === undefined || verdict === "kept" ? "" : probability(p),
    verdict,
  ];
}

/** What stands above them. */
export const BUDGET_HEAD: readonly string[] = [
  "budget",
  "was",
  "is",
  "shift",
  "allowed",
  "p",
  "verdict",
];
const BUDGET_ALIGN = ["right", "right", "right", "right", "right", "left"] as const;

/**
 * Writes how often a gate is wrong.
 *
 * @param test what became of the splits.
 * @returns the rate of false alarms, then what the total and the largest phases must shift by to be
 * found in 8 of 10 cases.
 */
export function selfTestText(test: SelfTest): string {
  const { runs, splits, falseAlarms, inconclusive, detectable, rate } = test;
  const lines = detectable.map((row) => [
    labelOf(row),
    duration(row.median),
    row.share !== undefined
      ? `+${percent(row.share)}`
      : row.findable
      ? "more than 200 %"
      : `cannot be found with ${runs} + ${runs}`,
  ]);
  const rates = `false alarms: ${falseAlarms} of ${splits} random splits into ${runs} + ${runs} (${
    percent(rate)
  }); the total was inconclusive in ${inconclusive}`;
  return `${wrap(rates, WIDTH).join("\n")}\n\n` +
    namedTable([["found in 8 of 10", "median", "if longer by"], ...lines], ["right", "right"]);
}

/**
 * What a start may take more.
 *
 * @module
 */
import { hodgesLehmann } from "../statistics/hodges_lehmann.ts";
import { holm } from "../statistics/holm.ts";
import { mannWhitney } from "../statistics/mann_whitney.ts";
import { median } from "../statistics/quantiles.ts";
import { type ComparedRow, LEVEL } from "./compare.ts";
import type { RunVector } from "./vector.ts";

/** How much longer something may take. */
export interface Budget {
  /** `total`, `first_token`, `unattributed`, or a phase, over all its processes. */
  readonly name: string;
  /** A share of what it was, e.g. 0.05, or a time in nanoseconds. */
  readonly more: { readonly share: number } | { readonly time: number };
}

/** What became of a budget; durations are in nanoseconds. */
export interface BudgetResult {
  readonly budget: Budget;
  /** The medians of both sides. */
  readonly a: number;
  readonly b: number;
  /** By how much the other side is longer. */
  readonly shift: number;
  /** By how much it may be. */
  readonly limit: number;
  /** The p-value of the rank-sum test, corrected for the number of budgets; absent without one. */
  readonly p?: number;
  /** `kept`; `exceeded`, which is significant; `unclear`: exceeded, and not significant. */
  readonly verdict: "kept" | "exceeded" | "unclear";
}

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, min: 60e9 };

/**
 * Reads a duration: `250ms`, `2s`, `1.5 min`.
 *
 * @param text the duration, in `ns`, `us`, `ms`, `s` or `min`.
 * @returns nanoseconds; `undefined` where it is none.
 */
export function durationOf(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/**
 * Reads a share: `5%`.
 *
 * @param text the share, in per cent.
 * @returns for example 0.05; `undefined` where it is none.
 */
export function shareOf(text: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) / 100;
}

/**
 * Reads a budget.
 *
 * @param name what it is for.
 * @param text how much more: `+5%`, `+2s`.
 * @returns the budget; `undefined` where the text says none.
 */
export function budgetOf(name: string, text: string): Budget | undefined {
  if (name === "" || !text.startsWith("+")) return undefined;
  const more = text.slice(1);
  const [share, time] = [shareOf(more), durationOf(more)];
  if (share !== undefined) return { name, more: { share } };
  return time === undefined ? undefined : { name, more: { time } };
}

/**
 * Holds budgets against starts.
 *
 * A budget is exceeded if the shift is more than it allows, and that counts if the sides differ
 * significantly, with Holm's correction for several budgets.
 *
 * @param budgets what is allowed.
 * @param a the runs of the one side, at least one.
 * @param b those of the other.
 * @param isTestable whether a test makes sense: there are enough runs, taken in turn.
 * @returns what became of each budget.
 */
export function holdAgainst(
  budgets: readonly Budget[],
  a: readonly RunVector[],
  b: readonly RunVector[],
  isTestable: boolean,
): BudgetResult[] {
  const sides = budgets.map(({ name }) => [a, b].map((runs) => runs.map(valueOf(name))));
  const ps = holm(sides.map(([left = [], right = []]) => mannWhitney(left, right).p));
  return budgets.map((budget, i) => {
    const [left = [], right = []] = sides[i] ?? [];
    const { more } = budget;
    const was = median(left);
    const limit = "share" in more ? more.share * was : more.time;
    const { value: shift } = hodgesLehmann(left, right);
    const p = ps[i] ?? 1;
    const isSure = isTestable && p <= LEVEL;
    return {
      budget,
      a: was,
      b: median(right),
      shift,
      limit,
      ...(isTestable && { p }),
      verdict: shift <= limit ? "kept" : isSure ? "exceeded" : "unclear",
    };
  });
}

/**
 * Whether a row of a comparison is what a budget is for. The first token is a part of what the
 * total's is for, as it takes all of that.
 */
export function isOf(
  name: string,
  { kind, phase, process }: Pick<ComparedRow, "kind" | "phase" | "process">,
): boolean {
  if (kind !== "phase") return name === kind || name === "total" && kind === "first_token";
  return name === phaseOf({ phase, ...(process !== undefined && { process }) });
}

/** What budgets can be for, in runs. */
export function namesIn(runs: readonly RunVector[]): string[] {
  const names = new Set(runs.flatMap(({ rows }) => rows.map(phaseOf)));
  const hasToken = runs.every(({ firstToken }) => firstToken !== undefined);
  return ["total", ...(hasToken ? ["first_token"] : []), ...names];
}

/** The phase of a row; of all that is unattributed, one name. */
function phaseOf({ phase, process }: { readonly phase: string; readonly process?: string }) {
  return process === undefined && phase.startsWith("unattributed") ? "unattributed" : phase;
}

function valueOf(name: string): (run: RunVector) => number {
  return ({ total, firstToken, rows }) => {
    if (name === "total") return total;
    if (name === "first_token") return firstToken ?? total;
    return rows.filter((row) => phaseOf(row) === name).reduce((sum, { ns }) => sum + ns, 0);
  };
}

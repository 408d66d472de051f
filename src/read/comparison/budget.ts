/**
 * What a start may take more.
 *
 * @module
 */
import { hodgesLehmann } from "../statistics/hodges_lehmann.ts";
import { holm } from "../statistics/holm.ts";
import { mannWhitney } from "../statistics/mann_whitney.ts";
import { median } from "../statistics/quantiles.ts";
import { type ComparedRow, LEAST, LEVEL } from "./compare.ts";
import { firstTokensOf } from "./_values.ts";
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
  /** The medians of both sides; absent where no run of a side tells it. */
  readonly a?: number;
  readonly b?: number;
  /** By how much the other side is longer; absent likewise. */
  readonly shift?: number;
  /** By how much it may be. */
  readonly limit?: number;
  /**
   * The p-value of the rank-sum test of the shift against the limit, corrected for the number of
   * budgets; absent without one.
   */
  readonly p?: number;
  /**
   * `kept`; `exceeded`: the shift is significantly more than the limit; `unclear`: it is more, but
   * not significantly, or a side does not tell.
   */
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
 * A budget is exceeded if the shift is significantly more than it allows: one side is tested against
 * the other less what that may be more, with Holm's correction for several budgets. Of the first
 * token the runs that tell it count, where they are at least 4 of a side, or all.
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
  const sides = budgets.map(({ name, more }) => {
    const [was, is] = [valuesOf(name, a), valuesOf(name, b)];
    const allowed = is.map((ns) => "share" in more ? ns / (1 + more.share) : ns - more.time);
    const isTold = was.length > 0 && is.length > 0;
    const isEnough = isTestable && was.length >= Math.min(LEAST, a.length) &&
      is.length >= Math.min(LEAST, b.length);
    return { was, is, allowed, isTold, isEnough };
  });
  const ps = holm(
    sides.map(({ was, allowed, isTold }) => isTold ? mannWhitney(was, allowed).p : 1),
  );
  return budgets.map((budget, i): BudgetResult => {
    const { was = [], is = [], allowed = [], isTold, isEnough } = sides[i] ?? {};
    const { more } = budget;
    const before = was.length === 0 ? undefined : median(was);
    const limit = "time" in more ? more.time : before && more.share * before;
    const known = {
      budget,
      ...(before !== undefined && { a: before }),
      ...(is.length > 0 && { b: median(is) }),
      ...(limit !== undefined && { limit }),
    };
    if (!isTold || limit === undefined) return { ...known, verdict: "unclear" };
    const { value: shift } = hodgesLehmann(was, is);
    const p = ps[i] ?? 1;
    const isSure = isEnough && p <= LEVEL && hodgesLehmann(was, allowed).value > 0;
    return {
      ...known,
      shift,
      ...(isEnough && { p }),
      verdict: shift <= limit ? "kept" : isSure ? "exceeded" : "unclear",
    };
  });
}

/** Whether a row of a comparison is what a budget is for. */
export function isOf(
  name: string,
  { kind, phase, process }: Pick<ComparedRow, "kind" | "phase" | "process">,
): boolean {
  if (kind !== "phase") return name === kind;
  return name === phaseOf({ phase, ...(process !== undefined && { process }) });
}

/** What budgets can be for, in runs. */
export function namesIn(runs: readonly RunVector[]): string[] {
  const names = new Set(runs.flatMap(({ rows }) => rows.map(phaseOf)));
  const hasToken = runs.some(({ firstToken }) => firstToken !== undefined);
  return ["total", ...(hasToken ? ["first_token"] : []), ...names];
}

/** The phase of a row; of all that is unattributed, one name. */
function phaseOf({ phase, process }: { readonly phase: string; readonly process?: string }) {
  return process === undefined && phase.startsWith("unattributed") ? "unattributed" : phase;
}

function valuesOf(name: string, runs: readonly RunVector[]): number[] {
  if (name === "total") return runs.map(({ total }) => total);
  if (name === "first_token") return firstTokensOf(runs);
  return runs.map(({ rows }) =>
    rows.filter((row) => phaseOf(row) === name).reduce((sum, { ns }) => sum + ns, 0)
  );
}

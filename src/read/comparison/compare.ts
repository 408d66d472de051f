/**
 * Starts against starts.
 *
 * @module
 */
import { hodgesLehmann } from "../statistics/hodges_lehmann.ts";
import { holm } from "../statistics/holm.ts";
import { leastP, mannWhitney } from "../statistics/mann_whitney.ts";
import { leastRuns, runsNeeded } from "../statistics/power.ts";
import { type Quantiles, quantilesOf } from "../statistics/quantiles.ts";
import { orderOf } from "./order.ts";
import type { RunVector } from "./vector.ts";
import { cameOrWent, type RowValues, valuesByRow } from "./_values.ts";

/** How sure a verdict is: a p-value, corrected where there are several, of at most this. */
export const LEVEL = 0.05;
/** How many values of each side can be significant at least: 4. */
export const LEAST: number = leastRuns(LEVEL);

/** By how much a row must have shifted to matter: by more than both. */
export interface Floors {
  /** A share of what it was. @default {0.05} */
  readonly change: number;
  /** A time, in nanoseconds. @default {250e6} */
  readonly time: number;
}

/** The floors that hold where nothing else is said: 5 % and 250 ms. */
export const FLOORS: Floors = { change: 0.05, time: 250e6 };

/**
 * What is said of a row: `regressed` and `improved` are significant and beyond the floors; `same`
 * is within the floors, as far as its interval reaches; `appeared` and `vanished` are there in
 * nearly all runs of one side and in none of the other; `inconclusive` is the rest. What appears
 * and takes less than the floor of time in all runs is `same`.
 */
export type Verdict =
  | "regressed"
  | "improved"
  | "same"
  | "inconclusive"
  | "appeared"
  | "vanished";

/** One row on one side; durations are in nanoseconds. */
export interface RowSide extends Quantiles {
  /** Half the interquartile range, as a share of the median; 0 where that is 0. */
  readonly spread: number;
  /**
   * In how many of its runs the row is. In the others it counts as 0, as it took none of the path; a
   * first token that was not seen does not count.
   */
  readonly present: number;
}

/** One row on both sides. */
export interface ComparedRow {
  /** From launch to ready, from launch to the first token, or one phase of one process. */
  readonly kind: "total" | "first_token" | "phase";
  /** The phase, or `total`, or `first token`. */
  readonly phase: string;
  /** Who did it; absent of the total, and where it is unattributed. */
  readonly process?: string;
  /** The one side; absent where no run of it has the row. */
  readonly a?: RowSide;
  /** The other; absent likewise. */
  readonly b?: RowSide;
  /** By how much the other side is longer (Hodges-Lehmann), in ns; 0 where nothing tells. */
  readonly shift: number;
  /** What that is of the median of the one side; absent where that is 0. */
  readonly share?: number;
  /** The ends of its interval. */
  readonly low: number;
  readonly high: number;
  /** How sure the interval is, 0 to 1. */
  readonly confidence: number;
  /** The floor that it was held against, in nanoseconds. */
  readonly floor: number;
  /**
   * The p-value of the rank-sum test, corrected for the number of rows that were tested; absent
   * where none was made, and where the order of the runs makes it meaningless.
   */
  readonly p?: number;
  /** Absent where none can be given. */
  readonly verdict?: Verdict;
  /** Of an inconclusive one: how many runs on each side would probably decide it. */
  readonly needed?: number;
}

/** Why a comparison has no verdicts. */
export type NoVerdict =
  /** A side has no run. */
  | "none"
  /** There is one run on each side. */
  | "single"
  /** There are so few that no difference could be significant. */
  | "few"
  /** They were taken in blocks instead of in turn. */
  | "blocks";

/** Two sides, row by row. */
export interface Comparison {
  /** How many runs there are on each side. */
  readonly runs: { readonly a: number; readonly b: number };
  /** The total, the first token, then the phases, the largest shift first. */
  readonly rows: readonly ComparedRow[];
  /** How many rows the p-values are corrected for; the total is tested alone. */
  readonly tested: number;
  /** What their shifts were held against. */
  readonly floors: Floors;
  /** Why there are no verdicts; absent where there are. */
  readonly noVerdict?: NoVerdict;
  /** The least p-value that the test can give with so many runs. */
  readonly leastP: number;
  /** The least number of runs on each side with which anything can be significant: 4. */
  readonly least: number;
}

/**
 * Compares runs with runs.
 *
 * The total is tested alone. The first token and the phases are tested together, corrected by
 * Holm's method. What lies, in all runs of both sides, within the floor of time of one another
 * cannot have shifted by more: it is the same without a test, and not counted. As that does not look
 * at which side a run is on, it makes no false alarms.
 *
 * The first token is compared of the runs that tell it, if they are at least 4 of a side, or all.
 *
 * @param a the runs of the one side, all ready; where a side has none, there are no rows.
 * @param b those of the other.
 * @param floors by how much a row must have shifted to matter.
 * @returns rows with a verdict each, if the runs allow one.
 */
export function compare(
  a: readonly RunVector[],
  b: readonly RunVector[],
  floors: Floors = FLOORS,
): Comparison {
  const noVerdict = reasonAgainst(a, b);
  const found = noVerdict === "none" ? [] : valuesByRow(a, b);
  const all = found.map((values) => measure(values, floors));
  const family = all.filter((row) => row.kind !== "total" && row.untested === undefined);
  const ps = new Map<Measured, number>();
  if (noVerdict === undefined) {
    const corrected = holm(family.map(({ values }) => mannWhitney(values.a, values.b).p));
    family.forEach((row, i) => ps.set(row, corrected[i] ?? 1));
    const total = all.find(({ kind }) => kind === "total");
    if (total) ps.set(total, mannWhitney(total.values.a, total.values.b).p);
  }
  const rows = all.map((row): ComparedRow => {
    const { values: _, untested, ...shown } = row;
    if (noVerdict) return shown;
    const p = ps.get(row);
    if (p === undefined) return { ...shown, ...(untested && { verdict: untested }) };
    const verdict = judge(row, p);
    const level = row.kind === "total" ? LEVEL : LEVEL / family.length;
    const needed = verdict === "inconclusive" ? neededFor(row, level) : undefined;
    return { ...shown, p, verdict, ...(needed !== undefined && { needed }) };
  });
  const phases = rows.filter(({ kind }) => kind === "phase");
  return {
    runs: { a: a.length, b: b.length },
    rows: [
      ...rows.filter(({ kind }) => kind !== "phase"),
      ...phases.sort((x, y) => Math.abs(y.shift) - Math.abs(x.shift)),
    ],
    tested: family.length,
    floors,
    ...(noVerdict && { noVerdict }),
    leastP: noVerdict === "none" ? 1 : leastP(a.length, b.length),
    least: LEAST,
  };
}

function reasonAgainst(
  a: readonly RunVector[],
  b: readonly RunVector[],
): NoVerdict | undefined {
  if (a.length === 0 || b.length === 0) return "none";
  if (a.length === 1 && b.length === 1) return "single";
  if (leastP(a.length, b.length) > LEVEL) return "few";
  const times = (side: readonly RunVector[]) => side.map(({ launch }) => launch);
  return orderOf(times(a), times(b)).inTurn ? undefined : "blocks";
}

type Measured = Omit<ComparedRow, "p" | "verdict" | "needed"> & {
  readonly values: RowValues;
  /** What can be said without a test. */
  readonly untested: Verdict | undefined;
};

function measure(values: RowValues, floors: Floors): Measured {
  const { kind, phase, process, a, b, present } = values;
  const [left, right] = [quantilesOf(a), quantilesOf(b)];
  const isTold = a.length > 0 && b.length > 0;
  const { value: shift, ...interval } = isTold ? hodgesLehmann(a, b) : UNTOLD;
  const range = Math.max(left.max, right.max) - Math.min(left.min, right.min);
  const isSmall = range <= floors.time;
  return {
    kind,
    phase,
    ...(process !== undefined && { process }),
    ...(present.a > 0 && { a: sideOf(left, present.a) }),
    ...(present.b > 0 && { b: sideOf(right, present.b) }),
    shift,
    ...(isTold && left.median > 0 && { share: shift / left.median }),
    ...interval,
    floor: Math.max(a.length > 0 ? floors.change * left.median : 0, floors.time),
    values,
    untested: kind === "total"
      ? undefined
      : isTooRare(values)
      ? cameOrWent(values) ?? "inconclusive"
      : isSmall
      ? "same"
      : cameOrWent(values),
  };
}

/** What is known of how a row shifted that one side does not tell. */
const UNTOLD = { value: 0, low: 0, high: 0, confidence: 0 };

/** Whether a side has fewer values than can be tested, though it has the runs. */
function isTooRare({ a, b, runs }: RowValues): boolean {
  return a.length < Math.min(LEAST, runs.a) || b.length < Math.min(LEAST, runs.b);
}

function sideOf(quantiles: Quantiles, present: number): RowSide {
  const { median, q1, q3 } = quantiles;
  return { ...quantiles, spread: median === 0 ? 0 : (q3 - q1) / 2 / median, present };
}

function judge({ shift, low, high, confidence, floor }: Measured, p: number): Verdict {
  if (p <= LEVEL && Math.abs(shift) > floor) return shift > 0 ? "regressed" : "improved";
  const isWithin = -floor <= low && high <= floor && confidence >= 1 - LEVEL;
  return isWithin ? "same" : "inconclusive";
}

/** A shift beyond the floor is to be told from none; one below it, from the floor. */
function neededFor({ shift, low, high, floor, values }: Measured, level: number) {
  const [m, n] = [values.a.length, values.b.length];
  const isBeyond = Math.abs(shift) > floor;
  return runsNeeded({
    runs: 2 * m * n / (m + n),
    halfWidth: (high - low) / 2,
    distance: isBeyond ? Math.abs(shift) : floor - Math.abs(shift),
    level: isBeyond ? level : LEVEL,
  });
}

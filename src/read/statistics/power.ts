/**
 * How many starts it takes.
 *
 * @module
 */
import { leastP } from "./mann_whitney.ts";
import { upperQuantile } from "./normal.ts";

/** How likely that which is there is to be found. */
const POWER = 0.8;
/** More than these nobody will take. */
const MOST = 200;

/**
 * The least number on each side with which the rank-sum test can be significant at all.
 *
 * @param level what its p-value must not exceed.
 * @returns for example 4 for 0.05, and 6 for 0.05 / 23.
 */
export function leastRuns(level: number): number {
  let n = 1;
  while (leastP(n, n) > level) n++;
  return n;
}

/** What is known of a row that more runs are to decide. */
export interface Uncertain {
  /** How many there are on each side; of different numbers the harmonic mean. */
  readonly runs: number;
  /** Half of the width of the 95 % interval of its shift. */
  readonly halfWidth: number;
  /** How far the shift is from what it must be told from. */
  readonly distance: number;
  /** What its p-value must not exceed. */
  readonly level: number;
}

/**
 * Estimates how many runs on each side would decide a row in 8 of 10 cases, if its shift and its
 * spread stay what they are: the interval shrinks with the square root of their number.
 *
 * @param uncertain what is known.
 * @returns how many on each side, more than there are; `undefined` where it would be more than 200.
 */
export function runsNeeded(
  { runs, halfWidth, distance, level }: Uncertain,
): number | undefined {
  const reach = (upperQuantile(level / 2) + upperQuantile(1 - POWER)) / upperQuantile(0.025);
  const needed = Math.ceil(runs * (halfWidth * reach / distance) ** 2);
  const least = Math.max(leastRuns(level), Math.floor(runs) + 1);
  return needed <= MOST ? Math.max(needed, least) : undefined;
}

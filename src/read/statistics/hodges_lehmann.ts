/**
 * By how much the numbers of one side exceed those of the other.
 *
 * @module
 */
import { upperQuantile } from "./normal.ts";
import { uDistribution } from "./rank_distribution.ts";

/** A shift, and where it lies. */
export interface Shift {
  /** The Hodges-Lehmann estimate: the median of all differences. */
  readonly value: number;
  /** The ends of its interval, which are differences, too. */
  readonly low: number;
  readonly high: number;
  /**
   * How sure the interval is. At least what was asked for where there are numbers enough (4 on each
   * side for 0.95); else what the widest one gives, e.g. 0.9 of 3 and 3, and 0 of 1 and 1.
   */
  readonly confidence: number;
}

/**
 * Estimates the shift between two sides (Hodges & Lehmann 1963). Its interval holds what the
 * rank-sum test would not reject; it is exact as far as that is without ties, and with ties at least
 * as sure as it says.
 *
 * @param a the one side, at least one number.
 * @param b the other, at least one number.
 * @param confidence how sure the interval is to be. @default {0.95}
 * @returns by how much `b` is more than `a`.
 */
export function hodgesLehmann(
  a: readonly number[],
  b: readonly number[],
  confidence = 0.95,
): Shift {
  const differences = new Float64Array(a.length * b.length);
  b.forEach((y, j) => a.forEach((x, i) => differences[j * a.length + i] = y - x));
  differences.sort();
  const at = (index: number) => differences[index] ?? NaN;
  const pairs = differences.length;
  const { left, sure } = outside(a.length, b.length, (1 - confidence) / 2);
  return {
    value: (at(pairs >> 1) + at((pairs - 1) >> 1)) / 2,
    low: at(left),
    high: at(pairs - 1 - left),
    confidence: sure,
  };
}

/** How many differences the interval leaves out at each end, and how sure it is then. */
function outside(m: number, n: number, tail: number): { left: number; sure: number } {
  const distribution = uDistribution(m, n);
  if (distribution) {
    const beyond = distribution.findIndex((p) => p > tail);
    const left = Math.max(0, (beyond < 0 ? distribution.length : beyond) - 1);
    return { left, sure: Math.max(0, 1 - 2 * (distribution[left] ?? 1)) };
  }
  const deviation = Math.sqrt(m * n * (m + n + 1) / 12);
  // Its rank is rounded down: the interval is not narrower than it says.
  return {
    left: Math.max(0, Math.floor(m * n / 2 - upperQuantile(tail) * deviation) - 1),
    sure: 1 - 2 * tail,
  };
}

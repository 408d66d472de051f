/**
 * The rank-sum test of Wilcoxon, Mann and Whitney.
 *
 * @module
 */
import { upperTail } from "./normal.ts";
import { tailsOfRankSum, uDistribution } from "./rank_distribution.ts";

/** What the test says. */
export interface RankTest {
  /** In how many pairs the second number is larger; a tie is half of one. */
  readonly u: number;
  /** How likely a U at least as extreme is if both sides are alike, to either side. */
  readonly p: number;
  /** Whether `p` was counted, or is the normal approximation. */
  readonly method: "exact" | "normal";
}

/** Up to so many numbers with ties among them it is exact. */
const MOST_TIED = 40;

/**
 * Tests whether numbers of one side tend to be larger than those of the other; nothing is assumed
 * of how they are distributed.
 *
 * The p-value is twice the smaller tail. It is exact without ties up to 40,000 pairs (200 against
 * 200), and with ties, by the distribution of the middle ranks that are there, up to 40 numbers in
 * all. Beyond, it is the normal approximation, corrected for ties and for continuity.
 *
 * @param a the one side, at least one number.
 * @param b the other, at least one number.
 * @returns U of `b` over `a`, and its p-value.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest {
  const [m, n] = [a.length, b.length];
  const { ranks, ties } = doubledRanks([...b, ...a]);
  const sum = ranks.slice(0, n).reduce((all, rank) => all + rank, 0);
  const u = sum / 2 - n * (n + 1) / 2;
  const distribution = ties.length === 0 ? uDistribution(m, n) : undefined;
  if (distribution) {
    const p = distribution[Math.min(u, m * n - u)] ?? 1;
    return { u, p: Math.min(1, 2 * p), method: "exact" };
  }
  if (m + n <= MOST_TIED) {
    const { lower, upper } = tailsOfRankSum(ranks, n, sum);
    return { u, p: Math.min(1, 2 * Math.min(lower, upper)), method: "exact" };
  }
  const all = m + n;
  const tied = ties.reduce((total, t) => total + (t ** 3 - t), 0) / (all * (all - 1));
  const deviation = Math.sqrt(m * n / 12 * (all + 1 - tied));
  const z = (Math.abs(u - m * n / 2) - 0.5) / deviation;
  return {
    u,
    p: deviation === 0 ? 1 : Math.min(1, 2 * upperTail(Math.max(0, z))),
    method: "normal",
  };
}

/** Twice the rank of each number, ties having the middle one; and how many are equal each time. */
function doubledRanks(values: readonly number[]): { ranks: number[]; ties: number[] } {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const ranks = new Array<number>(values.length);
  const ties: number[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    const value = values[order[from] ?? 0];
    while (to < order.length && values[order[to] ?? 0] === value) to++;
    for (const index of order.slice(from, to)) ranks[index] = from + to + 1;
    if (to - from > 1) ties.push(to - from);
  }
  return { ranks, ties };
}

/**
 * The least p-value that the test can give.
 *
 * @param m how many numbers are on one side.
 * @param n how many on the other.
 * @returns two in as many as there are ways to choose; 1 where one side is empty.
 */
export function leastP(m: number, n: number): number {
  let orders = 1;
  for (let i = 1; i <= Math.min(m, n); i++) orders *= (Math.max(m, n) + i) / i;
  return Math.min(1, 2 / orders);
}

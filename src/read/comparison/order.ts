/**
 * In which order the starts of two sides were taken.
 *
 * @module
 */

/** How the starts of two sides took turns. */
export interface Order {
  /** Whether they took turns; in blocks they did not. */
  readonly inTurn: boolean;
  /** How many stretches of starts of one side there are, one after another: `AABBA` has 3. */
  readonly stretches: number;
  /** How many are the least that count as taking turns. */
  readonly least: number;
  /** How much earlier or later the one side was on the whole, in standard deviations of chance. */
  readonly lean: number;
}

/** How far one side may lie before the other: starts in turn have half of one at most. */
const MOST_LEAN = 1.5;

/**
 * Says whether starts were taken in turn or in blocks. A machine that changes its state for minutes
 * changes it for all of a block, and what it does to one side looks like a difference of the sides.
 *
 * Starts were taken in turn if there are no fewer stretches than a random order has, less one
 * standard deviation (Wald & Wolfowitz 1940): of 6 and 6, at least 6, where `ABAB...` has 12,
 * `ABBA...` 7, and blocks 2. And neither side may lie before the other on the whole, by the rank sum of
 * its launches (Wilcoxon 1945): a block behind starts in turn changes all the same.
 *
 * @param a when the starts of the one side were launched.
 * @param b when those of the other were.
 * @returns the order that the launch times make.
 */
export function orderOf(a: readonly bigint[], b: readonly bigint[]): Order {
  const all = [...a.map((time) => ({ time, side: "a" })), ...b.map((time) => ({ time, side: "b" }))]
    .sort((x, y) => x.time < y.time ? -1 : x.time > y.time ? 1 : 0);
  const stretches = all.filter(({ side }, i) => side !== all[i - 1]?.side).length;
  const [n, pairs] = [all.length, 2 * a.length * b.length];
  const expected = 1 + pairs / n;
  const variance = pairs * (pairs - n) / (n * n * (n - 1));
  const least = Math.max(2, Math.ceil(expected - Math.sqrt(Math.max(0, variance))));
  const ranks = all.reduce((sum, { side }, i) => side === "a" ? sum + i + 1 : sum, 0);
  const spread = Math.sqrt(a.length * b.length * (n + 1) / 12);
  const lean = spread === 0 ? 0 : Math.abs(ranks - a.length * (n + 1) / 2) / spread;
  return { inTurn: stretches >= least && lean <= MOST_LEAN, stretches, least, lean };
}

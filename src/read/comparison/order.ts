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
  /** How far the one side was ahead of the other at most, as chance scales it. */
  readonly ahead: number;
}

/** How far one side may be ahead: pairs in turn, `AABB`, are by 0.7 at most, half of them a block by 0.9. */
const MOST_AHEAD = 0.8;

/**
 * Says whether starts were taken in turn or in blocks. A machine that changes its state for minutes
 * changes it for all of a block, and what it does to one side looks like a difference of the sides.
 *
 * Starts were taken in turn if there are no fewer stretches than a random order has, less one
 * standard deviation (Wald & Wolfowitz 1940): of 6 and 6, at least 6, where `ABAB...` has 12,
 * `ABBA...` 7, and blocks 2. And neither side may ever be far ahead of the other, by the largest
 * difference of the shares that are taken (Smirnov 1939): blocks before, between or behind starts in
 * turn change with the machine all the same.
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
  let [first, second, most] = [0, 0, 0];
  for (const { side } of all) {
    if (side === "a") first++;
    else second++;
    most = Math.max(most, Math.abs(first / a.length - second / b.length));
  }
  const ahead = most * Math.sqrt(a.length * b.length / n);
  return { inTurn: stretches >= least && ahead <= MOST_AHEAD, stretches, least, ahead };
}

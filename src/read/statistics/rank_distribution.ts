/**
 * How the sums of ranks are distributed, if which side a number is on is chance.
 *
 * @module
 */

/** Up to so many pairs of numbers without ties it is exact: 200 on each side. */
const MOST_PAIRS = 40_000;

const known = new Map<string, Float64Array>();

/**
 * The distribution of Mann and Whitney's U where no two numbers are equal.
 *
 * The counts of orders that give a U are the coefficients of a Gaussian binomial; it is built up
 * factor by factor, in m times m n additions (Mann & Whitney 1947 have the same numbers by
 * recursion).
 *
 * @param m how many numbers are on one side.
 * @param n how many on the other.
 * @returns the probability of at most U, by U, for the lower half (the rest mirrors it);
 * `undefined` where there are too many to count.
 */
export function uDistribution(m: number, n: number): Float64Array | undefined {
  if (m * n > MOST_PAIRS) return undefined;
  const key = m < n ? `${m} ${n}` : `${n} ${m}`;
  let result = known.get(key);
  if (result === undefined) known.set(key, result = countU(Math.min(m, n), Math.max(m, n)));
  return result;
}

function countU(m: number, n: number): Float64Array {
  const half = Math.floor(m * n / 2);
  const counts = new Float64Array(half + 1);
  counts[0] = 1;
  let orders = 1;
  for (let i = 1; i <= m; i++) {
    orders *= (n + i) / i;
    for (let u = half; u >= n + i; u--) at(counts, u, -(counts[u - n - i] ?? 0));
    for (let u = i; u <= half; u++) at(counts, u, counts[u - i] ?? 0);
  }
  let sum = 0;
  return counts.map((count) => (sum += count) / orders);
}

/**
 * How likely a sum of ranks is, given the ranks, ties included: of all ways to choose `m` of them,
 * each as likely as another.
 *
 * @param ranks twice the ranks of all numbers, so that middle ranks are whole.
 * @param m how many of them are summed.
 * @param sum twice the sum that was found.
 * @returns the probabilities of at most and of at least that sum.
 */
export function tailsOfRankSum(
  ranks: readonly number[],
  m: number,
  sum: number,
): { lower: number; upper: number } {
  const most = ranks.toSorted((a, b) => b - a).slice(0, m).reduce((all, rank) => all + rank, 0);
  const width = most + 1;
  // By how many are chosen, then by their sum: how many ways.
  const ways = new Float64Array((m + 1) * width);
  ways[0] = 1;
  ranks.forEach((rank, seen) => {
    for (let k = Math.min(m, seen + 1); k >= 1; k--) {
      const [to, from] = [k * width, (k - 1) * width];
      for (let s = most; s >= rank; s--) at(ways, to + s, ways[from + s - rank] ?? 0);
    }
  });
  let [lower, upper, all] = [0, 0, 0];
  ways.subarray(m * width).forEach((count, s) => {
    all += count;
    if (s <= sum) lower += count;
    if (s >= sum) upper += count;
  });
  return { lower: lower / all, upper: upper / all };
}

/** Adds to an element. */
function at(array: Float64Array, index: number, more: number): void {
  array[index] = (array[index] ?? 0) + more;
}

/** How much two things differ that were measured in pairs, and how sure that is. */
export interface Shift {
  /** The Hodges-Lehmann estimate: the median of the means of any two differences. */
  readonly value: number;
  /** The ends of its confidence interval. */
  readonly low: number;
  readonly high: number;
}

/**
 * How many standard errors an interval reaches to either side: 99.7 %, since the bound is looked
 * at again and again while pairs come in.
 */
const REACH = 3;

/**
 * The shift that is behind differences, by Wilcoxon's signed ranks: nothing is assumed of the
 * noise but that it disturbs both of a pair alike, and a pair that a neighbour of this machine
 * spoiled counts no more than any other.
 */
export function shiftOf(differences: readonly number[]): Shift {
  const n = differences.length;
  if (n === 0) return { value: NaN, low: -Infinity, high: Infinity };
  const means = new Float64Array(n * (n + 1) / 2);
  let i = 0;
  for (let a = 0; a < n; a++) {
    for (let b = a; b < n; b++) {
      means[i++] = ((differences[a] as number) + (differences[b] as number)) / 2;
    }
  }
  means.sort();
  const deviation = Math.sqrt(n * (n + 1) * (2 * n + 1) / 24);
  const rank = Math.floor(means.length / 2 - REACH * deviation);
  return {
    value: middle(means),
    low: rank < 0 ? -Infinity : means[rank] as number,
    high: rank < 0 ? Infinity : means[means.length - 1 - rank] as number,
  };
}

/** The median. */
export function median(values: readonly number[]): number {
  return middle(Float64Array.from(values).sort());
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  const high = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[half - 1] ?? NaN) + high) / 2;
}

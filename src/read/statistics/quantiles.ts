/**
 * What is in the middle of numbers, and how far they spread.
 *
 * @module
 */

/** Where numbers lie. */
export interface Quantiles {
  /** Half of them are at most this. */
  readonly median: number;
  /** A quarter of them is at most this. */
  readonly q1: number;
  /** Three quarters of them are at most this. */
  readonly q3: number;
  /** The least of them. */
  readonly min: number;
  /** The most of them. */
  readonly max: number;
}

/**
 * Says where numbers lie.
 *
 * @param values at least one number.
 * @returns their median and quartiles, with straight lines between neighbours (Hyndman & Fan 1996,
 * type 7, NumPy's default), and their range.
 */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = ascending(values);
  const at = (share: number) => quantile(sorted, share);
  return { median: at(0.5), q1: at(0.25), q3: at(0.75), min: at(0), max: at(1) };
}

/** The median; of no numbers `NaN`. */
export function median(values: readonly number[]): number {
  return quantile(ascending(values), 0.5);
}

/** The numbers, the least first. */
export function ascending(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const low = sorted[Math.floor(place)] ?? NaN;
  const high = sorted[Math.ceil(place)] ?? NaN;
  return low + (high - low) * (place - Math.floor(place));
}

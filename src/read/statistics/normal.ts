/**
 * The normal distribution.
 *
 * @module
 */

/**
 * How likely a standard normal number is more than this.
 *
 * @param z at least 0.
 * @returns a probability, to 1.2e-7 of itself (Numerical Recipes' rational Chebyshev `erfcc`).
 */
export function upperTail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = COEFFICIENTS.reduceRight((sum, c) => c + t * sum, 0);
  return t * Math.exp(series - x * x) / 2;
}

const COEFFICIENTS = [
  -1.26551223,
  1.00002368,
  0.37409196,
  0.09678418,
  -0.18628806,
  0.27886807,
  -1.13520398,
  1.48851587,
  -0.82215223,
  0.17087277,
];

/**
 * What a standard normal number exceeds with this probability.
 *
 * @param p more than 0, at most 0.5.
 * @returns at least 0; found by halving an interval, since it is asked for a few times only.
 */
export function upperQuantile(p: number): number {
  let [low, high] = [0, 40];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

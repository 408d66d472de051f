/**
 * Several tests at once.
 *
 * @module
 */

/**
 * Corrects p-values for how many there are (Holm 1979): whatever is true, the chance that any of
 * those below a level is a false alarm is at most that level.
 *
 * @param ps the p-values.
 * @returns the corrected ones, in the same order.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => (ps[i] ?? 0) - (ps[j] ?? 0));
  const result = new Array<number>(ps.length);
  let least = 0;
  order.forEach((index, place) => {
    least = Math.max(least, Math.min(1, (ps[index] ?? 1) * (ps.length - place)));
    result[index] = least;
  });
  return result;
}

/**
 * Rounding that keeps a sum.
 *
 * @module
 */

/**
 * Divides whole `units` among parts by largest remainder (Hamilton's method): every part gets
 * its exact quota rounded down, and the units left over go to the largest remainders, the
 * first of equals before the others. So the shares of a table sum to exactly 100.0 %.
 *
 * @param parts what to divide by; none may be negative.
 * @param units how many there are to divide, e.g. 1000 for tenths of a per cent.
 * @returns the units of every part, in order; they sum to `units`, or to 0 where `parts` do.
 */
export function apportion(parts: readonly bigint[], units: bigint): bigint[] {
  const total = parts.reduce((sum, part) => sum + part, 0n);
  if (total === 0n) return parts.map(() => 0n);
  const shares = parts.map((part) => part * units / total);
  const remainder = parts.map((part) => part * units % total);
  const left = Number(shares.reduce((rest, share) => rest - share, units));
  const byRemainder = [...parts.keys()].sort((i, j) => {
    const [a, b] = [remainder[i] as bigint, remainder[j] as bigint];
    return a === b ? i - j : a > b ? -1 : 1;
  });
  for (const index of byRemainder.slice(0, left)) shares[index] = (shares[index] as bigint) + 1n;
  return shares;
}

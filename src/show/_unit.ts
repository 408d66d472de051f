const MS = 1_000_000;
const SECOND = 1_000_000_000;

/**
 * Writes durations in the unit of a table, without it, each rounded by itself: `12.3` (ms) where
 * what the table sums to is less than a second, else `1.234` (s).
 *
 * @param whole what the table sums to, in nanoseconds.
 */
export function inUnitOf(whole: bigint): (ns: bigint) => string {
  // Where formatDurations() changes units.
  const isShort = whole < BigInt(SECOND) - 50_000n;
  return (ns) => isShort ? (Number(ns) / MS).toFixed(1) : (Number(ns) / SECOND).toFixed(3);
}

/**
 * Durations for people.
 *
 * @module
 */
import { apportion } from "../read/apportion.ts";

const TENTH_MS = 100_000n;
const MS = 1_000_000n;
const HUNDREDTH_S = 10_000_000n;
const TENTH_S = 100_000_000n;

/**
 * Writes a duration by itself: `84.9 ms` below a second, `1.23 s` below a minute, else
 * `2 min 03.4 s`; rounded to the nearest.
 *
 * @param ns the duration in nanoseconds.
 * @returns its text.
 */
export function formatDuration(ns: bigint): string {
  if (ns < 0n) return `-${formatDuration(-ns)}`;
  const tenthsOfMs = round(ns, TENTH_MS);
  if (tenthsOfMs < 10_000n) return `${decimal(tenthsOfMs, 1)} ms`;
  const hundredths = round(ns, HUNDREDTH_S);
  if (hundredths < 6_000n) return `${decimal(hundredths, 2)} s`;
  const tenths = round(ns, TENTH_S);
  return `${tenths / 600n} min ${decimal(tenths % 600n, 1).padStart(4, "0")} s`;
}

/**
 * Writes the durations of a table, all in one unit with the same decimals: `12.3 ms` where
 * they sum to less than a second, else `1.234 s`.
 *
 * @param parts durations in nanoseconds; none may be negative.
 * @returns the text of each, rounded so that they sum to the text of the total, and that.
 */
export function formatDurations(
  parts: readonly bigint[],
): { parts: string[]; total: string } {
  const total = parts.reduce((sum, part) => sum + part, 0n);
  const isShort = round(total, TENTH_MS) < 10_000n;
  const units = round(total, isShort ? TENTH_MS : MS);
  const format = (value: bigint) => isShort ? `${decimal(value, 1)} ms` : `${decimal(value, 3)} s`;
  return { parts: apportion(parts, units).map(format), total: format(units) };
}

function round(ns: bigint, unit: bigint): bigint {
  return (ns + unit / 2n) / unit;
}

function decimal(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

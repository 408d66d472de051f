/**
 * Durations, times and amounts for people.
 *
 * @module
 */

/** @returns `12.3 µs`, `84.9 ms`, `1.23 s` or `2 min 03.4 s`. */
export function duration(ns: number): string {
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns === 0) return "0 ms";
  if (ns < 99_950) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 999_950_000) return `${(ns / 1e6).toFixed(1)} ms`;
  if (ns < 59_995_000_000) return `${(ns / 1e9).toFixed(2)} s`;
  const tenths = Math.round(ns / 1e8);
  return `${Math.floor(tenths / 600)} min ${((tenths % 600) / 10).toFixed(1).padStart(4, "0")} s`;
}

/** @returns A share: `12.5 %`. */
export function share(ns: number, total: number): string {
  return total > 0 ? `${(ns / total * 100).toFixed(1)} %` : "";
}

/** @returns `1.2 GiB` */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < 4) [value, unit] = [value / 1024, unit + 1];
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/**
 * How far apart lines of the time axis are: 1, 2 or 5 of a power of ten, and parts of a minute
 * from there on.
 *
 * @param least nanoseconds.
 * @returns Nanoseconds, at least that.
 */
export function stepOf(least: number): number {
  const minutes = [10, 15, 30, 60, 120, 300, 600, 1800, 3600].map((s) => s * 1e9);
  if (least > 5e9) return minutes.find((step) => step >= least) ?? Math.ceil(least / 36e11) * 36e11;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least) ?? power * 10;
}

/**
 * @param ns a time.
 * @param step how far the next one is.
 * @returns With as many places as tell it from the next.
 */
export function time(ns: number, step: number): string {
  if (ns === 0) return "0";
  if (ns < 0) return `-${time(-ns, step)}`;
  const isSeconds = ns >= 1e9 || step >= 1e8;
  const [unit, name] = isSeconds ? [1e9, "s"] : step >= 1e5 ? [1e6, "ms"] : [1e3, "µs"];
  const places = Math.max(0, Math.ceil(Math.log10(unit / step)));
  if (ns < 60e9) return `${(ns / unit).toFixed(places)} ${name}`;
  const rest = ((ns % 60e9) / 1e9).toFixed(places);
  return `${Math.floor(ns / 60e9)}:${rest.replace(/^\d(?!\d)/, "0$&")} min`;
}

/** Amounts in sentences; tables have their own. */

const MS = 1_000_000n;

/** `20.10 s`, or `84 ms` below a second. */
export function seconds(ns: bigint): string {
  const ms = Number((ns + MS / 2n) / MS);
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `1.2 GB`, in powers of ten. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit++;
  }
  return `${count.toFixed(unit === 0 || count >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** `1 collection`, `2 collections`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `torch 4.24 s, vllm 1.57 s`: the largest of some amounts. */
export function largest(amounts: ReadonlyMap<string, bigint>, most: number): string {
  return [...amounts].sort(([, a], [, b]) => a < b ? 1 : a > b ? -1 : 0).slice(0, most)
    .map(([name, ns]) => `${name} ${seconds(ns)}`).join(", ");
}

/**
 * Which starts are compared with which.
 *
 * @module
 */
import {
  compareIdentities,
  type Difference,
  type IdentityComparison,
  type Mixed,
} from "./identity_comparison.ts";
import type { RunVector } from "./vector.ts";

/** The starts of one side. */
export interface Side {
  /** What they were called by: a label, an id, a file. */
  readonly name: string;
  /** Those that became ready, in the order of their launch. */
  readonly runs: readonly RunVector[];
  /** How many did not become ready: they have no total, and are left out. */
  readonly failed: number;
  /** The ids of those that found caches as none after them did. */
  readonly first: readonly string[];
}

/** Makes a side of the runs that a name stands for. */
export function sideOf(name: string, vectors: readonly RunVector[]): Side {
  const sorted = vectors.toSorted((a, b) => a.launch < b.launch ? -1 : a.launch > b.launch ? 1 : 0);
  const runs = sorted.filter(({ ready }) => ready);
  return { name, runs, failed: vectors.length - runs.length, first: firstOf(sorted) };
}

/**
 * The first start of each series, ready or not: with that of the other side it is a pair. Starts of
 * no series, or each of its own, have the first that became ready.
 */
function firstOf(sorted: readonly RunVector[]): string[] {
  const first = new Map<string | undefined, RunVector>();
  const isAlone = sorted.length > 1 &&
    new Set(sorted.map(({ series }) => series?.id)).size === sorted.length;
  for (const run of sorted) {
    const { ready } = run;
    const series = isAlone ? undefined : run.series;
    const known = first.get(series?.id);
    const isEarlier = series !== undefined && series.number < (known?.series?.number ?? 0);
    if (known === undefined ? series !== undefined || ready : isEarlier) first.set(series?.id, run);
  }
  return [...first.values()].map(({ run }) => run);
}

/** A side without its first starts, which find caches as nothing after them does. */
export function withoutFirst(side: Side): Side {
  const runs = side.runs.filter(({ run }) => !side.first.includes(run));
  const failed = side.first.length - (side.runs.length - runs.length);
  return { ...side, runs, failed: side.failed - failed };
}

/** How the identities of two sides differ. */
export function differencesOf(a: Side, b: Side): IdentityComparison {
  const [left, right] = [a, b].map(({ runs }) => runs.map(({ identity }) => identity));
  return compareIdentities(left ?? [], right ?? []);
}

/**
 * Says why two sides must not be compared.
 *
 * @param a the one side.
 * @param b the other.
 * @param differences how they differ.
 * @returns what is not equal and must be, in one line; `undefined` where all is.
 */
export function refusalOf(
  a: Side,
  b: Side,
  { refused, mixed }: IdentityComparison,
): string | undefined {
  const within = mixed.map(({ side, name, values }: Mixed) =>
    `'${name}' (${values.join(" and ")} within ${side === "a" ? a.name : b.name})`
  );
  const names = new Set(mixed.map(({ name }) => name));
  const across = refused.filter(({ name }) => !names.has(name)).map((difference: Difference) =>
    `'${difference.name}' (${difference.a ?? "none"} and ${difference.b ?? "none"})`
  );
  const all = [...across, ...within];
  return all.length === 0 ? undefined : `${all.join(", ")} must be equal`;
}

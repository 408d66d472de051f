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
} from "./identity.ts";
import type { RunVector } from "./vector.ts";

/** The starts of one side. */
export interface Side {
  /** What they were called by: a label, an id, a file. */
  readonly name: string;
  /** Those that became ready, in the order of their launch. */
  readonly runs: readonly RunVector[];
  /** How many did not become ready: they have no total, and are left out. */
  readonly failed: number;
}

/** Makes a side of the runs that a name stands for. */
export function sideOf(name: string, vectors: readonly RunVector[]): Side {
  const runs = vectors.filter(({ ready }) => ready)
    .sort((a, b) => a.launch < b.launch ? -1 : a.launch > b.launch ? 1 : 0);
  return { name, runs, failed: vectors.length - runs.length };
}

/** A side without its first start, which finds caches as nothing after it does. */
export function withoutFirst({ name, runs, failed }: Side): Side {
  return { name, runs: runs.slice(1), failed };
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

import { durationOf, shareOf } from "../../read/comparison/budget.ts";
import type { Floors } from "../../read/comparison/compare.ts";
import { COMPILE_CACHE } from "../../read/comparison/identity.ts";
import type { IdentityComparison } from "../../read/comparison/identity_comparison.ts";
import { differencesOf, refusalOf, type Side, sideOf } from "../../read/comparison/sides.ts";
import { type Flag, type Text, UsageError } from "../args.ts";
import { readVectors } from "./vectors.ts";

/** The options of verbs that compare. */
export const comparisonOptions: {
  readonly "min-change": Text & { readonly default: string };
  readonly "min-time": Text & { readonly default: string };
  readonly "allow-mixed": Flag;
  readonly all: Flag;
} = {
  "min-change": {
    kind: "text",
    value: "PERCENT",
    default: "5%",
    help: "A row must shift by more than this of what it was to matter,",
  },
  "min-time": {
    kind: "text",
    value: "DURATION",
    default: "250ms",
    help: "and by more than this.",
  },
  "allow-mixed": {
    kind: "flag",
    help: "Compare other models, machines or states of caches, too.",
  },
  all: { kind: "flag", help: "Show the rows that are the same, too." },
};

/** Reads the floors. */
export function floorsOf(verb: string, change: string, time: string): Floors {
  const share = shareOf(change);
  if (share === undefined) {
    throw new UsageError(
      `Cannot ${verb} as 'min-change' must be a percentage like 5%: current value is ${change}`,
    );
  }
  const ns = durationOf(time);
  if (ns === undefined) {
    throw new UsageError(
      `Cannot ${verb} as 'min-time' must be a duration like 250ms or 2s: current value is ${time}`,
    );
  }
  return { change: share, time: ns };
}

/** Reads the runs of sides, all at once. */
export async function readSides<const Refs extends readonly string[]>(
  refs: Refs,
  dir: string | undefined,
): Promise<{ [I in keyof Refs]: Side }> {
  const vectors = await readVectors(refs, dir);
  return refs.map((ref, i) => sideOf(ref, vectors[i] ?? [])) as { [I in keyof Refs]: Side };
}

/** Says that at least `least` runs of a side must have become ready, or may have died, too. */
export function checkReady(verb: string, side: Side, least = 1, mayDie = false): void {
  const { length } = side.runs;
  if (length + (mayDie ? side.failed : 0) >= least) return;
  const count = length === 0 ? "no start" : `only ${length} start${length === 1 ? "" : "s"}`;
  const must = least === 1 ? "" : `: it takes at least ${least}`;
  throw new UsageError(`Cannot ${verb} as ${count} of '${side.name}' became ready${must}`);
}

/** How two sides differ, if they may be compared. */
export function checkedDifferences(
  verb: string,
  a: Side,
  b: Side,
  allowMixed: boolean,
): IdentityComparison {
  const common = a.runs.find(({ run }) => b.runs.some((other) => other.run === run));
  if (common) throw new UsageError(`Cannot ${verb} as run '${common.run}' is on both sides`);
  const differences = differencesOf(a, b);
  const refusal = refusalOf(a, b, differences);
  if (refusal === undefined || allowMixed) return differences;
  throw new UsageError(
    `Cannot ${verb} '${a.name}' and '${b.name}' as ${refusal}: ${adviceOn(differences)}`,
  );
}

/** Says that the starts of one side must be alike, and are not. */
export function checkAlike(verb: string, side: Side, allowMixed: boolean): void {
  const nothing = sideOf("", []);
  const differences = differencesOf(side, nothing);
  const refusal = refusalOf(side, nothing, differences);
  if (refusal === undefined || allowMixed) return;
  throw new UsageError(`Cannot ${verb} '${side.name}' as ${refusal}: ${adviceOn(differences)}`);
}

/** The first start of a series fills caches that others find full. */
function adviceOn({ mixed }: IdentityComparison): string {
  const isFilled = mixed.some(({ name }) => name === COMPILE_CACHE);
  const warm = isFilled ? "take them with run --warm, or " : "";
  return `${warm}give --allow-mixed if it is meant`;
}

/**
 * Which starts may be compared, and of what the comparison is then.
 *
 * @module
 */
import { type CommandFacts, commandFacts, isArgument } from "./_command_facts.ts";
import { modelName } from "./_model_name.ts";
import {
  CACHES,
  COMMAND,
  COMPILE_CACHE,
  HOST,
  type Identity,
  MODEL,
  mustBeEqual,
  PAGE_CACHE,
  UNKNOWN,
  UNUSED,
} from "./identity.ts";

/** Something that is not alike on both sides. */
export interface Difference {
  /** What: `compile cache`, `--load-format`. */
  readonly name: string;
  /** What it is on the one side; absent: not given; empty: a flag without a value. */
  readonly a?: string;
  /** What it is on the other. */
  readonly b?: string;
}

/** A fact that is not alike within one side. */
export interface Mixed {
  /** Which side. */
  readonly side: "a" | "b";
  /** Which fact. */
  readonly name: string;
  /** What it is there. */
  readonly values: readonly string[];
}

/** A fact that must be equal, and cannot be compared. */
export interface Unknown {
  /** Which fact. */
  readonly name: string;
  /** Of which side it is not known. */
  readonly of: "a" | "b" | "both";
}

/** How two sides differ. */
export interface IdentityComparison {
  /** What may differ: the title of the comparison, flags first. */
  readonly title: readonly Difference[];
  /** What must be equal, and is not. */
  readonly refused: readonly Difference[];
  /** What is not alike within one side, be it what may differ between them. */
  readonly mixed: readonly Mixed[];
  /** What must be equal, and is known of one side alone; or of neither, where both have it. */
  readonly unknown: readonly Unknown[];
}

/** What is meant where a start tells of its host, and not of this. */
const ABSENT: Readonly<Record<string, string>> = {
  [CACHES]: "as they were",
  "CPU limit": "none",
  "memory limit": "none",
  "GPU": "none",
  "GPU driver": "none",
};

/**
 * Compares what two sides were starts of. What is not known of a side is no difference; but where the
 * host is known, no limit of CPUs, no GPU and nothing done to caches are facts, too. Ports are no
 * difference, either, nor are Deno's permissions: they say where an engine is, not what it is. Nor is
 * a shell or `env` that a command is wrapped in: what they set and run before it is. A model is what
 * it is called, whatever folder it lies in. The page cache is what it was for more than half of the
 * starts of a side. The compile cache of one side alone, where the other does not compile, belongs to
 * the title.
 *
 * @param a the identities of the one side.
 * @param b those of the other; where there are none, all that is told is what is mixed.
 * @returns how they differ.
 */
export function compareIdentities(
  a: readonly Identity[],
  b: readonly Identity[],
): IdentityComparison {
  const commands = commandFacts([...a, ...b].map((identity) => identity[COMMAND]));
  const facts = [a, b].map((side) => side.map((identity) => factsOf(identity, commands)));
  const names = new Set(facts.flat().flatMap((known) => [...known.keys()]));
  const title: Difference[] = [];
  const refused: Difference[] = [];
  const unknown: Unknown[] = [];
  const mixed: Mixed[] = [];
  for (const name of names) {
    const [ours = NOTHING, theirs = NOTHING] = facts.map((side) => valuesOf(side, name));
    const isEqual = mustBeEqual(name);
    for (const [side, values] of [["a", ours], ["b", theirs]] as const) {
      if (values.size > 1) mixed.push({ side, name, values: [...values].map(shown) });
    }
    if (ours.size === 0 || theirs.size === 0) {
      if (!isEqual || a.length === 0 || b.length === 0) continue;
      unknown.push({ name, of: ours.size > 0 ? "b" : theirs.size > 0 ? "a" : "both" });
    } else if (ours.symmetricDifference(theirs).size > 0) {
      const isOfOne = isNone(ours) || isNone(theirs);
      (isEqual && !isOfOne ? refused : title).push(differenceOf(name, ours, theirs));
    }
  }
  title.sort((x, y) => rankOf(x.name) - rankOf(y.name));
  const flags = new Set(title.map(({ name }) => name).filter(isArgument).map(wordsOf));
  return {
    // What a flag says is not said again.
    title: title.filter(({ name }) => isArgument(name) || !flags.has(name)),
    refused,
    unknown,
    mixed,
  };
}

/** What a run tells, its arguments one by one. */
type Facts = ReadonlyMap<string, string>;

function factsOf(identity: Identity, commands: CommandFacts): Facts {
  const { [COMMAND]: command, ...others } = identity;
  return new Map([...Object.entries(others), ...commands(command)]);
}

/** All values of a fact on a side. An argument that a known command does not have is not given. */
function valuesOf(side: readonly Facts[], name: string): ReadonlySet<string> {
  const values = side.map((facts) =>
    meantBy(name, facts.get(name)) ?? (facts.has(HOST) ? ABSENT[name] : undefined) ??
      (isArgument(name) && facts.has(COMMAND) ? NOT_GIVEN : undefined)
  ).filter((value) => value !== undefined);
  return new Set(name === PAGE_CACHE ? majorityOf(values) : values);
}

function meantBy(name: string, value: string | undefined): string | undefined {
  if (name === MODEL && value !== undefined) return modelName(value);
  if (name !== COMPILE_CACHE) return value;
  return value === UNUSED ? NOT_GIVEN : value === UNKNOWN ? undefined : value;
}

/** The text that more than half are, if any. */
function majorityOf(values: readonly string[]): string[] {
  const half = values.length / 2;
  return [...new Set(values)].filter((one) =>
    values.filter((value) => value === one).length > half
  );
}

const NOTHING: ReadonlySet<string> = new Set();
const NOT_GIVEN = "\0";

/** What was most likely changed on purpose comes first: flags, variables, facts, other arguments. */
function rankOf(name: string): number {
  return name.startsWith("-") ? 0 : name.startsWith("$") ? 1 : isArgument(name) ? 3 : 2;
}

function shown(value: string): string {
  return value === NOT_GIVEN ? "none" : value === "" ? "given" : value;
}

function differenceOf(name: string, a: ReadonlySet<string>, b: ReadonlySet<string>): Difference {
  const text = (values: ReadonlySet<string>) =>
    values.size > 1 ? [...values].map(shown).join(" or ") : [...values].join();
  return {
    name,
    ...(!isNone(a) && { a: text(a) }),
    ...(!isNone(b) && { b: text(b) }),
  };
}

function isNone(values: ReadonlySet<string>): boolean {
  return values.size === 1 && values.has(NOT_GIVEN);
}

/** `load format` of `--load-format`. */
function wordsOf(name: string): string {
  return name.replace(/^-+/, "").replaceAll(/[-_]/g, " ");
}

/**
 * What a start was a start of, and on what: which starts may be compared.
 *
 * @module
 */
import type { RecordAttributes, RecordValue } from "../../trace/record.ts";

/** Facts by their names for people, e.g. `model`; what is not known is absent. */
export type Identity = Readonly<Record<string, string>>;

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

/** How two sides differ. */
export interface IdentityComparison {
  /** What may differ: the title of the comparison, flags first. */
  readonly title: readonly Difference[];
  /** What must be equal, and is not. */
  readonly refused: readonly Difference[];
  /** What is not alike within one side, be it what may differ between them. */
  readonly mixed: readonly Mixed[];
  /** What must be equal, and is known of one side alone. */
  readonly unknown: readonly string[];
}

/**
 * What must be equal, by the attribute of the root that tells it. The machine's class is what it
 * has, whatever its name is; a start that was measured another way is not the same measurement.
 */
const EQUAL: Readonly<Record<string, string>> = {
  "model": "coldtrace.engine.model",
  "model revision": "coldtrace.engine.model_revision",
  "model size": "coldtrace.engine.model_size",
  "CPU architecture": "host.arch",
  "CPU model": "host.cpu.model.name",
  "CPUs": "coldtrace.host.cpus",
  "CPU limit": "coldtrace.cgroup.cpu_limit",
  "memory": "coldtrace.host.memory",
  "memory limit": "coldtrace.cgroup.memory_limit",
  "GPU": "coldtrace.gpu.model",
  "GPU driver": "coldtrace.gpu.driver",
  "compile cache": "coldtrace.engine.compile_cache",
  "measured until": "coldtrace.until",
  "probe": "coldtrace.probe",
};

/** What may differ, and is the title then; besides the arguments of the command. */
const FREE: Readonly<Record<string, string>> = {
  "engine": "coldtrace.engine",
  "engine version": "coldtrace.engine.version",
  "dtype": "coldtrace.engine.dtype",
  "load format": "coldtrace.engine.load_format",
  "quantization": "coldtrace.engine.quantization",
  "enforce eager": "coldtrace.engine.enforce_eager",
  "tensor parallel size": "coldtrace.engine.tensor_parallel_size",
  "image": "container.image.name",
  "git revision": "vcs.ref.head.revision",
};

/** What must be equal, and is told by two attributes: `warm`, or the command that made it cold. */
const CACHES = "caches";
/** What must be equal for most of each side, as the first start of a series often finds it cold. */
const PAGE_CACHE = "page cache";
/** What is read from disk even where all that matters is in the page cache, at most; in bytes. */
const WARM_READ = 16 * 2 ** 20;

/** What is meant where a start tells of its host, and not of this. */
const ABSENT: Readonly<Record<string, string>> = {
  [CACHES]: "as they were",
  "CPU limit": "none",
  "memory limit": "none",
  "GPU": "none",
  "GPU driver": "none",
};
/** What tells of the host, where anything does. */
const HOST = "CPUs";
const ENVIRONMENT = "process.environment_variable.";
const COMMAND = "command";
const GIB = 2 ** 30;

/**
 * Reads an identity from the attributes of a root.
 *
 * @param attributes the root's.
 * @returns what is known. Memory is rounded to whole GiB, as kernels take different shares of it;
 * the command is its arguments as a JSON array. The page cache was `cold` where 16 MiB or more were
 * read from disk. The model of an engine that tells none is what `--model` of its command says. The
 * name of the host is not a part of it.
 */
export function identityOf(attributes: RecordAttributes): Identity {
  const known: [string, string][] = [];
  for (const [name, key] of Object.entries({ ...EQUAL, ...FREE })) {
    const value = attributes[key];
    const text = name === "memory" && typeof value === "number"
      ? `${Math.round(value / GIB)} GiB`
      : textOf(value);
    if (text !== undefined) known.push([name, text]);
  }
  const identity = Object.fromEntries(known);
  const revision = identity["git revision"];
  if (revision !== undefined && attributes["coldtrace.vcs.dirty"] === true) {
    identity["git revision"] = `${revision} with changes`;
  }
  const cold = textOf(attributes["coldtrace.cold"]);
  if (cold !== undefined) identity[CACHES] = `cold by ${cold}`;
  else if (attributes["coldtrace.warm"] === true) identity[CACHES] = "warm";
  const read = attributes["coldtrace.disk_read_bytes"];
  if (typeof read === "number") identity[PAGE_CACHE] = read < WARM_READ ? "warm" : "cold";
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith(ENVIRONMENT)) {
      identity[`$${key.slice(ENVIRONMENT.length)}`] = textOf(value) ?? "";
    }
  }
  const args = attributes["process.command_args"];
  if (Array.isArray(args)) identity[COMMAND] = JSON.stringify(args.map(String));
  const model = modelOf(identity[COMMAND]);
  if (model !== undefined) identity.model ??= model;
  return identity;
}

/**
 * Compares what two sides were starts of. What is not known of a side is no difference; but where the
 * host is known, no limit of CPUs, no GPU and nothing done to caches are facts, too. Ports are no
 * difference, either, nor are Deno's permissions: they say where an engine is, not what it is. The page cache is what it was for
 * more than half of the starts of a side.
 *
 * @param a the identities of the one side.
 * @param b those of the other; where there are none, all that is told is what is mixed.
 * @returns how they differ.
 */
export function compareIdentities(
  a: readonly Identity[],
  b: readonly Identity[],
): IdentityComparison {
  const facts = [a, b].map((side) => side.map(factsOf));
  const names = new Set(facts.flat().flatMap((known) => [...known.keys()]));
  const title: Difference[] = [];
  const refused: Difference[] = [];
  const unknown: string[] = [];
  const mixed: Mixed[] = [];
  for (const name of names) {
    const [ours = NOTHING, theirs = NOTHING] = facts.map((side) => valuesOf(side, name));
    const isEqual = name === CACHES || name === PAGE_CACHE || Object.hasOwn(EQUAL, name);
    for (const [side, values] of [["a", ours], ["b", theirs]] as const) {
      if (values.size > 1) mixed.push({ side, name, values: [...values].map(shown) });
    }
    if (ours.size === 0 || theirs.size === 0) {
      if (isEqual && a.length > 0 && b.length > 0) unknown.push(name);
    } else if (ours.symmetricDifference(theirs).size > 0) {
      (isEqual ? refused : title).push(differenceOf(name, ours, theirs));
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

function factsOf({ [COMMAND]: command, ...identity }: Identity): Facts {
  const args = command === undefined ? [] : [[COMMAND, ""] as const, ...flagsOf(command)];
  return new Map([...Object.entries(identity), ...args]);
}

/** All values of a fact on a side. An argument that a known command does not have is not given. */
function valuesOf(side: readonly Facts[], name: string): ReadonlySet<string> {
  const values = side.map((facts) =>
    facts.get(name) ?? (facts.has(HOST) ? ABSENT[name] : undefined) ??
      (isArgument(name) && facts.has(COMMAND) ? NOT_GIVEN : undefined)
  ).filter((value) => value !== undefined);
  return new Set(name === PAGE_CACHE ? majorityOf(values) : values);
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

/** Whether it is a flag, a variable, or another argument: if it is not there, it is not given. */
function isArgument(name: string): boolean {
  return /^[-$]|^argument /.test(name);
}

function shown(value: string): string {
  return value === NOT_GIVEN ? "none" : value === "" ? "given" : value;
}

/** Where an engine is, and what Deno lets it touch: not what it is. */
const ELSEWHERE = [
  "--port",
  ...["read", "write", "net", "env", "run", "ffi", "sys"].map((kind) => `--allow-${kind}`),
];

/** The arguments of a command: by flag its value, if it has one; what is none, by its place. */
function flagsOf(command: string | undefined): [string, string][] {
  if (command === undefined) return [];
  const args: string[] = JSON.parse(command);
  const found = new Map<string, string>();
  let place = 0;
  for (let i = 0; i < args.length; i++) {
    const [, flag, attached] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(args[i] ?? "") ?? [];
    if (flag === undefined) {
      found.set(`argument ${place++}`, args[i] ?? "");
      continue;
    }
    const next = args[i + 1];
    const isTaken = attached === undefined && next !== undefined && !/^--?[A-Za-z]/.test(next);
    const value = attached ?? (isTaken ? next : "");
    if (isTaken) i++;
    found.set(flag, [found.get(flag), value].filter((text) => text !== undefined).join(" "));
  }
  for (const flag of ELSEWHERE) found.delete(flag);
  return [...found];
}

/** What `--model` says; of a path without its folders. */
function modelOf(command: string | undefined): string | undefined {
  const model = new Map(flagsOf(command)).get("--model");
  return model && (/^[./]/.test(model) ? model.split("/").at(-1) : model);
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

function textOf(value: RecordValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

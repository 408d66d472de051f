/**
 * What a start was a start of, and on what.
 *
 * @module
 */
import type { RecordAttributes, RecordValue } from "../../trace/record.ts";
import { argumentsOf } from "./_arguments.ts";
import { unwrap } from "./command.ts";

/** Facts by their names for people, e.g. `model`; what is not known is absent. */
export type Identity = Readonly<Record<string, string>>;

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

/** What must be equal, wherever it lies. */
export const MODEL = "model";
/** What must be equal, and is told by two attributes: `warm`, or the command that made it cold. */
export const CACHES = "caches";
/** What must be equal for most of each side, as the first start of a series often finds it cold. */
export const PAGE_CACHE = "page cache";
/** What must be equal where both compile: `hit`, `miss`, `load failed`, or one of the next two. */
export const COMPILE_CACHE = "compile cache";
/** The compile cache of an engine that does not compile. */
export const UNUSED = "none";
/** The compile cache of one that compiles, and whose log does not tell of it. */
export const UNKNOWN = "unknown";
/** What tells of the host, where anything does. */
export const HOST = "CPUs";
/** The command, as a JSON array. */
export const COMMAND = "command";

/** What is read from disk even where all that matters is in the page cache, at most; in bytes. */
const WARM_READ = 16 * 2 ** 20;
const ENVIRONMENT = "process.environment_variable.";
const GIB = 2 ** 30;

/** Whether a fact must be equal of starts that are compared. */
export function mustBeEqual(name: string): boolean {
  return name === CACHES || name === PAGE_CACHE || Object.hasOwn(EQUAL, name);
}

/**
 * Reads an identity from the attributes of a root.
 *
 * @param attributes the root's.
 * @returns what is known. Memory is rounded to whole GiB, as kernels take different shares of it;
 * the command is its arguments as a JSON array. The page cache was `cold` where 16 MiB or more were
 * read from disk. The compile cache of an engine that compiles and does not tell is `unknown`, of one
 * that does not compile `none`. The model of an engine that tells none is what `--model` of its command
 * says. An engine of which no more is known than its program is told by the command alone. The name of
 * the host is not a part of it.
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
  const identity = { ...cachesOf(attributes), ...Object.fromEntries(known) };
  const revision = identity["git revision"];
  if (revision !== undefined && attributes["coldtrace.vcs.dirty"] === true) {
    identity["git revision"] = `${revision} with changes`;
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith(ENVIRONMENT)) {
      identity[`$${key.slice(ENVIRONMENT.length)}`] = textOf(value) ?? "";
    }
  }
  const args = attributes["process.command_args"];
  const words = Array.isArray(args) ? args.map(String) : undefined;
  if (words !== undefined) identity[COMMAND] = JSON.stringify(words);
  // Of an engine that nobody knows it is the first word, be that a wrapper.
  if (identity.engine === words?.[0]?.split(/[/\\]/).at(-1)) delete identity.engine;
  const model = argumentsOf(unwrap(words ?? [])?.words ?? []).get("--model");
  if (model) identity.model ??= model;
  return identity;
}

function cachesOf(attributes: RecordAttributes): Record<string, string> {
  const {
    "coldtrace.warm": isWarm,
    "coldtrace.disk_read_bytes": read,
    "coldtrace.engine.enforce_eager": isEager,
  } = attributes;
  const cold = textOf(attributes["coldtrace.cold"]);
  return {
    ...(cold !== undefined
      ? { [CACHES]: `cold by ${cold}` }
      : isWarm === true
      ? { [CACHES]: "warm" }
      : {}),
    ...(typeof read === "number" && { [PAGE_CACHE]: read < WARM_READ ? "warm" : "cold" }),
    // Where its log tells more, that counts.
    ...(typeof isEager === "boolean" && { [COMPILE_CACHE]: isEager ? UNUSED : UNKNOWN }),
  };
}

function textOf(value: RecordValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

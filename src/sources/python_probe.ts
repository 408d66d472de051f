/**
 * The probe inside an engine's own Python processes: what they import, and what functions of theirs
 * take. The engine is not changed; `python_probe.py` says how it comes in and what it does there.
 *
 * @module
 */
import { unixNano } from "../trace/process.ts";
import { CODE_PREFIX, type ProbePlan, START_PREFIX, writeCode } from "./probe/files.ts";
import { privateFolder } from "./probe/folder.ts";
import { CHILD_PID, type ProcessRecords, readRecords } from "./probe/records.ts";
import type { ProbeFunction } from "./profiles/profile.ts";
import type { Testimony, WitnessSpan } from "./witness.ts";

export { ProbeError } from "./probe/folder.ts";
export type { ProbePlan } from "./probe/files.ts";

/** What the probe does, and where it is kept. */
export interface ProbeOptions extends ProbePlan {
  /** A folder that stays, with none above it to which other users can write. */
  readonly dir: string;
}

/** The probe, for one start of an engine. */
export interface Probe extends Disposable {
  /** The folder into which the processes of this start write. */
  readonly dir: string;
  /** The environment of the engine: a copy of `inherited`, with what brings the probe in. */
  env(inherited: Readonly<Record<string, string>>): Record<string, string>;
  /** Has the processes fall silent: nothing is written from here on, and their hooks go. */
  stop(): void;
  /** What they have told until now. */
  testimony(): Testimony;
  /** Stops, and removes what was written. The code stays, as the engine needs it for life. */
  [Symbol.dispose](): void;
}

/** A start that was recorded without anybody above the engine. */
export interface ProbeStart {
  /** Its folder. */
  readonly dir: string;
  /** The topmost of its Python processes. */
  readonly pid: number;
  /** When that began, in nanoseconds since the Unix epoch. */
  readonly born: bigint;
  /** When the function ended that means that the engine answers; absent if it did not. */
  readonly ready?: bigint | undefined;
  /** What its processes have told. */
  readonly testimony: Testimony;
}

/** The variable that names the folder of a start. */
const START = "COLDTRACE_PROBE_START";
/** The file whose presence has the processes of a start fall silent. */
const STOP = "stop";

/**
 * Makes the probe ready for one start.
 *
 * @throws {ProbeError} In one line, if there is no place where it can be kept: `dir` cannot be
 * written, or other users can write to it or to a folder above it.
 */
export function installProbe(options: ProbeOptions): Probe {
  const home = privateFolder(options.dir);
  const code = writeCode(home, options);
  prune(home);
  const name = `${START_PREFIX}${unixNano() / 1_000_000n}-`;
  const dir = Deno.makeTempDirSync({ dir: home, prefix: name });
  const functions = options.mode === "functions" ? options.functions : [];
  const stop = () => {
    try {
      Deno.writeTextFileSync(`${dir}/${STOP}`, "", { mode: 0o600 });
    } catch {
      // Without its folder nothing is written either.
    }
  };
  return {
    dir,
    env: (inherited) => ({
      ...inherited,
      PYTHONPATH: withCode(code, inherited.PYTHONPATH),
      [START]: dir,
    }),
    stop,
    testimony: () => readProbe(dir, functions),
    [Symbol.dispose]() {
      stop();
      try {
        Deno.removeSync(dir, { recursive: true });
      } catch {
        // It may be gone, or a process writes its last line in this very moment.
      }
    },
  };
}

/** How long records are left of a coldtrace that was killed, in milliseconds: a day. */
const KEPT = 86_400_000;

/**
 * Removes what coldtraces that were killed have left; an engine of theirs is silent from then on. A
 * start that nobody was above has the number of its process at the end of its name, and stays.
 */
function prune(home: string): void {
  for (const { name } of Deno.readDirSync(home)) {
    const [, time] = /^start-(\d+)-[0-9a-z]{8,}$/.exec(name) ?? [];
    if (time === undefined || Number(time) > Date.now() - KEPT) continue;
    try {
      Deno.removeSync(`${home}/${name}`, { recursive: true });
    } catch {
      // Somebody else may do the same.
    }
  }
}

/**
 * Makes the probe ready for starts that nobody is above: each topmost Python process that has the
 * returned folder first in its PYTHONPATH begins a start of its own, with a folder of its own in
 * `dir`, and `ready` ends it.
 *
 * @returns The folder for PYTHONPATH; to be put before what is in there, with a separator only if
 * something is.
 * @throws {ProbeError} As {@linkcode installProbe} does.
 */
export function installProbeForLater(options: ProbeOptions): string {
  return writeCode(privateFolder(options.dir), options);
}

/** PYTHONPATH with our folder first, and without those of coldtraces around us. */
function withCode(code: string, inherited: string | undefined): string {
  if (inherited === undefined || inherited === "") return code;
  const separator = Deno.build.os === "windows" ? ";" : ":";
  // An element that is empty means the current folder; there are as many as there were.
  const rest = inherited.split(separator).filter((path) => !isCode(path));
  return [code, ...rest].join(separator);
}

function isCode(path: string): boolean {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  return name.startsWith(CODE_PREFIX);
}

/**
 * Reads the starts that were recorded below a folder by processes that nobody was above.
 *
 * @param dir The folder that {@linkcode installProbeForLater} was given.
 * @param functions Those that were to be timed, so that it can be told which were not seen.
 * @returns The starts, by their time; those of which nothing was written are left out.
 * @throws {Deno.errors.NotFound} If there is no such folder.
 */
export function readProbeStarts(
  dir: string,
  functions: readonly ProbeFunction[] = [],
): ProbeStart[] {
  const starts: ProbeStart[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(dir)) {
    if (!isDirectory || !name.startsWith(START_PREFIX)) continue;
    const path = `${dir}/${name}`;
    const told = readFolder(path);
    const [first] = told;
    if (first === undefined) continue;
    starts.push({
      dir: path,
      pid: first.process.pid,
      born: bornOf(first),
      ready: told.map(({ ready }) =>
        ready
      ).filter((time) => time !== undefined).toSorted(byTime)[0],
      testimony: testimonyOf(told, functions),
    });
  }
  return starts.sort((a, b) => byTime(a.born, b.born));
}

/**
 * Notes that a start was taken out of its folder: {@linkcode readProbeStarts} does not give it again.
 * What it wrote stays.
 */
export function markTaken({ dir }: ProbeStart): void {
  const at = dir.lastIndexOf(START_PREFIX);
  Deno.renameSync(dir, `${dir.slice(0, at)}taken-${dir.slice(at)}`);
}

/**
 * Reads what the processes of one start have told until now.
 *
 * @param dir The folder of the start.
 * @param functions Those that were to be timed, so that it can be told which were not seen.
 */
export function readProbe(dir: string, functions: readonly ProbeFunction[] = []): Testimony {
  return testimonyOf(readFolder(dir), functions);
}

/** What each process has told, the topmost first. */
function readFolder(dir: string): ProcessRecords[] {
  const told: ProcessRecords[] = [];
  try {
    for (const { name } of Deno.readDirSync(dir)) {
      if (!name.endsWith(".jsonl")) continue;
      const records = readRecords(Deno.readTextFileSync(`${dir}/${name}`));
      if (records) told.push(records);
    }
  } catch {
    // What cannot be read was not told.
  }
  const pids = new Set(told.map(({ process }) => process.pid));
  const isBelow = ({ process }: ProcessRecords) => pids.has(process.parent ?? -1) ? 1 : 0;
  return told.sort((a, b) => isBelow(a) - isBelow(b) || byTime(bornOf(a), bornOf(b)));
}

function testimonyOf(
  told: readonly ProcessRecords[],
  functions: readonly ProbeFunction[],
): Testimony {
  const spans = told.flatMap(({ spans }) => spans);
  // A fork that has told nothing became another program.
  const telling = told.filter(({ process, spans }) => spans.length > 0 || process.exiting);
  const pids = new Set(telling.map(({ process }) => process.pid));
  const missing = missingOf(told, spans, functions);
  // Who waited for a child knows when it was gone.
  const gone = new Map(
    spans.filter(({ error }) => error === undefined)
      .map(({ attributes, end }) => [attributes?.[CHILD_PID], end]),
  );
  return {
    processes: told.map(({ process }) => ({ ...process, died: gone.get(process.pid) })),
    spans: spans.map((span) => isOfEngine(span) ? { ...span, kind: "wait" as const } : span),
    ...(missing.length > 0 && { missing }),
  };

  /** A child that tells of itself explains the time; that it is waited for does not. */
  function isOfEngine({ attributes }: WitnessSpan): boolean {
    const child = attributes?.[CHILD_PID];
    return typeof child === "number" && pids.has(child);
  }
}

/** What was not seen, in lines for people. */
function missingOf(
  told: readonly ProcessRecords[],
  spans: readonly WitnessSpan[],
  functions: readonly ProbeFunction[],
): string[] {
  if (told.length === 0) return ["The probe was in no Python process"];
  const seen = new Set(spans.map(({ where }) => where));
  const absent = new Set(told.flatMap(({ absent }) => absent));
  const expected = functions.filter(({ where, unrun }) => !unrun && !seen.has(where));
  const gone = expected.filter(({ where }) => absent.has(where));
  const unseen = expected.filter(({ where }) => !absent.has(where));
  const limited = told.filter(({ limited }) => limited !== undefined);
  return [
    ...gone.map(({ name, where, seen }) =>
      `Function '${name}' is not there: ${where} was last seen in ${seen}`
    ),
    ...(unseen.length > 0
      ? [`Functions that were not called: ${unseen.map(({ name }) => name).join(", ")}`]
      : []),
    ...limited.map(({ process: { pid, name = "" } }) =>
      `The probe had written all that it may in process ${pid} ${name}`.trimEnd()
    ),
  ];
}

function bornOf({ process: { born, arrived = 0n } }: ProcessRecords): bigint {
  return born ?? arrived;
}

function byTime(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

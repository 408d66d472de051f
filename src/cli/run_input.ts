/**
 * The run that a verb is to read.
 *
 * @module
 */
import { readRun, type RunContent, type Source } from "../runs/reader.ts";
import { isBeingWritten, RunError } from "../runs/store.ts";
import { openLogOf, runIdOf } from "../runs/run_id.ts";
import { readOpenLog } from "../start/open_log.ts";
import { isRoot, readStart, type Start } from "../read/start.ts";
import type { SpanRecord } from "../trace/record.ts";
import { type Operand, UsageError } from "./args.ts";
import { printError } from "./output.ts";
import { allRunsNamed, runsNamed, startsNamed } from "./run_names.ts";

/** The operand of verbs that read a run. */
export const runOperand: Operand = {
  name: "RUN",
  help: "Id or its beginning, label, FILE, FILE#2, - (default latest).",
  optional: true,
};

/** What a verb reads. */
export interface RunInput {
  /** The file, or `-`. */
  readonly path: string;
  /** The run's id, if its file has the name of one. */
  readonly id?: string;
  /** Its spans, at least one; of a start that is not over, those that were open too. */
  readonly records: readonly SpanRecord[];
  /** Whether more is to come: its start is under way. */
  readonly isOpen: boolean;
}

/**
 * Reads the run that the arguments name. A last line that a crash cut off is told on standard
 * error, and how to read the others of a file that tells of several starts.
 *
 * @param ref what the operand says, if it is given: as {@linkcode runsNamed} takes it; of a label
 * the latest run is read.
 * @param dir what `--dir` says, if it is given.
 * @returns the run.
 * @throws {UsageError} if there is no such run, or it cannot be read, or it has no spans.
 */
export async function readRunInput(ref?: string, dir?: string): Promise<RunInput> {
  const { path = "", numbers } = runsNamed(ref, dir).at(-1) ?? {};
  const input = await readInput(path);
  const roots = input.records.filter(isRoot);
  if (roots.length === 1 && numbers === undefined) return input;
  const { startsIn } = await import("../read/starts.ts");
  const starts = startsIn(input.records);
  const [records = []] = startsNamed(starts, { path, numbers: numbers ?? ["1"] });
  const last = starts.length;
  if (last === 1) return input;
  if (numbers === undefined) {
    const name = path === "-" ? "in a file, FILE" : path;
    const others = last === 2 ? `${name}#2 is the other` : `${name}#2 to #${last} are the others`;
    printError(`Read the first of ${last} starts in '${path}': ${others}\n`);
  }
  // It knows its own id, by its root; the file's, if it has one, is not its.
  return { path, records, isOpen: input.isOpen };
}

/**
 * Reads all the runs that the arguments name: those of a label, and those of several names that
 * commas separate; a file that tells of several starts is as many runs, and `FILE#2` one of them.
 *
 * @param ref what the operand says, if it is given.
 * @param dir what `--dir` says, if it is given.
 * @returns at least one run; those of one name in the order in which they were launched.
 * @throws {UsageError} if one is not there, or cannot be read, or has no spans.
 */
export async function readRunInputs(ref?: string, dir?: string): Promise<RunInput[]> {
  const inputs: RunInput[] = [];
  for (const name of allRunsNamed(ref, dir)) {
    inputs.push(...startsNamed(await readStarts(name.path), name));
  }
  return inputs;
}

/**
 * Reads all the starts that a file tells of.
 *
 * @param path the file, or `-`.
 * @param stdin what `-` stands for.
 * @returns at least one, in order of launch.
 * @throws {UsageError} if it cannot be read, or has no spans.
 */
export async function readStarts(path: string, stdin?: Source): Promise<RunInput[]> {
  const input = await readInput(path, stdin);
  const { startsIn } = await import("../read/starts.ts");
  const starts = startsIn(input.records);
  if (starts.length === 1) return [input];
  // Each knows its own id, by its root; the file's, if it has one, is none of theirs.
  return starts.map((records) => ({ path, records, isOpen: input.isOpen }));
}

async function readInput(path: string, stdin?: Source): Promise<RunInput> {
  // First, since it goes when the other is whole.
  const open = path === "-" ? [] : readOpenLog(openLogOf(path));
  const size = open.length > 0 ? Deno.statSync(path).size : 0;
  // Of a start that was broken off at its beginning there is nothing but what was open.
  const isBegun = open.length > 0 && size === 0;
  const { records: ended, torn } = isBegun
    ? { records: [], torn: 0 }
    : await readWhole(path, stdin);
  const isOpen = path !== "-" && isBeingWritten(path);
  // One that ended just now has its root by now, which one that was broken off never gets.
  if (open.length > 0 && !isOpen && Deno.statSync(path).size > size) return await readInput(path);
  const told = isBegun ? await toldOf(path, open, isOpen) : [];
  const records = [...ended, ...open, ...told];
  if (torn > 0) printError(`Skipped the last line of run '${path}' as it is cut off\n`);
  if (records.length === 0) throw new UsageError(`Cannot read run '${path}' as it has no spans`);
  const id = runIdOf(path.split(/[/\\]/).at(-1) ?? "");
  return { path, records, isOpen, ...(id !== undefined && { id }) };
}

/** What is known of a start of which only its root is noted until now. */
async function toldOf(
  path: string,
  open: readonly SpanRecord[],
  isOpen: boolean,
): Promise<SpanRecord[]> {
  const root = open.find(isRoot);
  if (root === undefined) return [];
  const { spansSoFar } = await import("../start/unfinished_start.ts");
  return await spansSoFar(root, openLogOf(path), isOpen ? now() : undefined);
}

async function readWhole(path: string, stdin?: Source): Promise<RunContent> {
  try {
    return await readRun(path, stdin);
  } catch (error) {
    throw error instanceof RunError ? new UsageError(error.message) : error;
  }
}

/** The start in a run: over, under way, or broken off with coldtrace itself. */
export function startOf({ records, id, isOpen }: RunInput): Start {
  const { ended, ...start } = readStart(records);
  const isOver = start.ready || start.root?.endTimeUnixNano !== undefined;
  // A root that is open, or never came, may still come, or else will never.
  const broken = ended ?? (start.root && { reason: "launcher-killed" });
  const end = isOver ? ended : isOpen ? undefined : broken;
  const until = now();
  return {
    ...start,
    ...(isOpen && !isOver && until > start.end && { end: until }),
    // Such a one cannot say which run it was, either.
    ...(start.run === undefined && id !== undefined && { run: id }),
    ...(end && { ended: end }),
  };
}

/** In nanoseconds since the Unix epoch, as exact as it has to be: no clock of ours is loaded for it. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

/**
 * The run that a verb is to read.
 *
 * @module
 */
import { isBeingWritten, openRunStore, readRun, RunError } from "../runs/store.ts";
import { openLogOf, runIdOf } from "../runs/run_id.ts";
import { readOpenLog } from "../start/open_log.ts";
import { readStart, type Start } from "../read/start.ts";
import type { SpanRecord } from "../trace/record.ts";
import { type Operand, type Text, UsageError } from "./args.ts";
import { printError } from "./output.ts";

/** The operand of verbs that read a run. */
export const runOperand: Operand = {
  name: "RUN",
  help: "An id or its beginning, a file, or - for stdin (default latest).",
  optional: true,
};

/** The option that says where runs are stored. */
export const dirOption: Text = {
  kind: "text",
  value: "DIR",
  help: "Data directory (default $COLDTRACE_DIR, else XDG's).",
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
 * error.
 *
 * @param ref what the operand says, if it is given.
 * @param dir what `--dir` says, if it is given.
 * @returns the run.
 * @throws {UsageError} if there is no such run, or it cannot be read, or it has no spans.
 */
export async function readRunInput(ref?: string, dir?: string): Promise<RunInput> {
  try {
    const path = openRunStore({ dir }).resolve(ref);
    // First, since it goes when the other is whole.
    const open = path === "-" ? [] : readOpenLog(openLogOf(path));
    // Of a start that was broken off at its beginning there is nothing but what was open.
    const isBegun = open.length > 0 && Deno.statSync(path).size === 0;
    const { records: ended, torn } = isBegun ? { records: [], torn: 0 } : await readRun(path);
    const records = [...ended, ...open];
    if (torn > 0) printError(`Skipped the last line of run '${path}' as it is cut off\n`);
    if (records.length === 0) throw new UsageError(`Cannot read run '${path}' as it has no spans`);
    const id = runIdOf(path.split(/[/\\]/).at(-1) ?? "");
    const isOpen = path !== "-" && isBeingWritten(path);
    return { path, records, isOpen, ...(id !== undefined && { id }) };
  } catch (error) {
    if (error instanceof RunError) throw new UsageError(error.message);
    throw error;
  }
}

/** The start in a run: over, under way, or broken off with coldtrace itself. */
export function startOf({ records, id, isOpen }: RunInput): Start {
  const { ended, ...start } = readStart(records);
  const isOver = start.ready || start.root?.endTimeUnixNano !== undefined;
  // A root that is open, or never came, may still come, or else will never.
  const broken = ended ?? (start.root && { reason: "launcher-killed" });
  const end = isOver ? ended : isOpen ? undefined : broken;
  return {
    ...start,
    // Such a one cannot say which run it was, either.
    ...(start.run === undefined && id !== undefined && { run: id }),
    ...(end && { ended: end }),
  };
}

/**
 * The run that a verb is to read.
 *
 * @module
 */
import { isBeingWritten, openRunStore, readRun, RunError } from "../runs/store.ts";
import { runIdOf } from "../runs/run_id.ts";
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
  /** Its spans; at least one. */
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
    const { records, torn } = await readRun(path);
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

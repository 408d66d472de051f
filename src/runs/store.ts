/**
 * Where starts are kept: one file of OTLP/JSON lines each, the newest so many of them.
 *
 * @module
 */
import { reasonOf, requireAccess } from "./_access.ts";
import { dataDirectory, joinPath } from "./data_dir.ts";
import { RunError } from "./errors.ts";
import { createRunId, openLogOf, runFileName, runIdOf } from "./run_id.ts";
import { type RunWarnings, RunWriter } from "./writer.ts";

export { RunError } from "./errors.ts";
export { readRun, type RunContent } from "./reader.ts";
export { openRunFile, RunWriter } from "./writer.ts";

/** Where runs are kept, and how many. */
export interface RunStoreOptions extends RunWarnings {
  /** The data directory. Default: `COLDTRACE_DIR`, else the user's data folder. */
  dir?: string | undefined;
  /** How many runs are kept. @default {50} */
  keep?: number;
}

/** One stored run. */
export interface RunInfo {
  /** Its id; ids sort by time. */
  id: string;
  /** Its file. */
  path: string;
}

/**
 * Opens the run store. Nothing is read or created before it is asked for.
 *
 * @param options Where runs are kept, and how many.
 * @returns The store.
 */
export function openRunStore(options: RunStoreOptions = {}): RunStore {
  return new RunStore(options);
}

/** The stored runs: the folder `runs` in the data directory. */
export class RunStore {
  /** The folder that holds the run files; `undefined` where none is known. */
  readonly directory: string | undefined;
  #keep: number;
  #onWarning: (line: string) => void;
  #lastTime = 0;

  /**
   * As {@linkcode openRunStore} does.
   *
   * @param options Where runs are kept, and how many.
   */
  constructor(options: RunStoreOptions = {}) {
    const data = dataDirectory(options.dir);
    this.directory = data === undefined ? undefined : joinPath(data, "runs");
    this.#keep = options.keep ?? 50;
    this.#onWarning = options.onWarning ?? (() => {});
  }

  /**
   * Begins a run and removes the oldest ones beyond the number to keep, but none that is
   * still being written. It never throws: where nothing can be stored, that is one warning.
   *
   * @returns The writer of the new run, with an id in any case.
   */
  createRun(): RunWriter {
    const { directory } = this;
    const refuse = (reason: string): RunWriter => {
      const id = this.#newId();
      this.#onWarning(`Cannot store run '${id}' as ${reason}`);
      return new RunWriter(id);
    };
    if (directory === undefined) {
      return refuse("no data directory is known: set COLDTRACE_DIR or HOME");
    }
    try {
      requireAccess("write", directory);
      Deno.mkdirSync(directory, { recursive: true, mode: 0o700 });
      const run = this.#createFile(directory);
      this.#prune();
      return run;
    } catch (error) {
      return refuse(`'${directory}' cannot be written: ${reasonOf(error)}`);
    }
  }

  /**
   * Lists the stored runs.
   *
   * @returns The runs, newest last.
   * @throws {RunError} If the folder is there but cannot be read.
   */
  list(): RunInfo[] {
    const { directory } = this;
    if (directory === undefined) return [];
    const ids: string[] = [];
    try {
      requireAccess("read", directory);
      for (const entry of Deno.readDirSync(directory)) {
        const id = runIdOf(entry.name);
        if (id !== undefined) ids.push(id);
      }
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new RunError(
        `Cannot list runs as '${directory}' cannot be read: ${reasonOf(error)}`,
      );
    }
    return ids.sort().map((id) => ({ id, path: joinPath(directory, runFileName(id)) }));
  }

  /**
   * Finds the file of a run.
   *
   * @param ref An id, the beginning of exactly one id, a file's path, or `-` for standard
   * input. Default: the latest run.
   * @returns The path, or `-`, for `readRun`.
   * @throws {RunError} If there is no such run, or several.
   */
  resolve(ref?: string): string {
    if (ref === "-") return ref;
    if (ref !== undefined && (/[/\\]|\.jsonl?$/.test(ref))) return ref;
    const runs = this.list();
    const latest = runs.at(-1);
    const found = ref !== undefined
      ? runs.filter((run) => run.id.startsWith(ref))
      : latest !== undefined
      ? [latest]
      : [];
    const [run] = found;
    if (run === undefined) {
      if (ref && isFile(ref)) return ref;
      throw this.#notFound(ref, runs.length);
    }
    if (found.length === 1) return run.path;
    const ids = found.slice(-5).map(({ id }) => id);
    const more = found.length > ids.length ? `${found.length - ids.length} more, ` : "";
    throw new RunError(
      `Cannot read run '${ref}' as it must name one run: ${found.length} match it (${more}${
        ids.join(", ")
      })`,
    );
  }

  #notFound(ref: string | undefined, count: number): RunError {
    const wanted = ref ? `run '${ref}'` : "the latest run";
    if (this.directory === undefined) {
      return new RunError(
        `Cannot read ${wanted} as no data directory is known: set COLDTRACE_DIR or HOME`,
      );
    }
    return new RunError(
      count === 0
        ? `Cannot read ${wanted} as '${this.directory}' holds none: ` +
          "make one with 'coldtrace serve'"
        : `Cannot read ${wanted} as neither one of the runs in '${this.directory}' ` +
          "nor a file has that name",
    );
  }

  /** Ids of one store differ in time, even within a millisecond, so that they sort. */
  #newId(): string {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return createRunId(this.#lastTime);
  }

  #createFile(directory: string): RunWriter {
    for (let attempt = 0;; attempt++) {
      const id = this.#newId();
      const path = joinPath(directory, runFileName(id));
      try {
        const file = Deno.openSync(path, { append: true, createNew: true, mode: 0o600 });
        tryLock(file);
        return new RunWriter(id, { path, file, removeEmpty: true, onWarning: this.#onWarning });
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists) || attempt === 9) throw error;
      }
    }
  }

  #prune(): void {
    attempt(() => {
      const runs = this.list();
      const surplus = Math.max(0, runs.length - this.#keep);
      for (const { path } of runs.slice(0, surplus)) attempt(() => removeRun(path));
    });
  }
}

/** Removes a run unless it is being written. */
function removeRun(path: string): void {
  requireAccess("write", path);
  using file = Deno.openSync(path);
  if (!tryLock(file)) return;
  Deno.removeSync(path);
  attempt(() => Deno.removeSync(openLogOf(path)));
}

/**
 * Locks a run file, which its writer does as long as it writes.
 *
 * @returns Whether nobody else has the lock. Where a file system or Windows (whose locks
 * would keep readers out) has no such locks, nobody has.
 */
function tryLock(file: Deno.FsFile): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

/** Whether a run's file is being written: its start is under way. Unknown counts as no. */
export function isBeingWritten(path: string): boolean {
  try {
    requireAccess("read", path);
    using file = Deno.openSync(path);
    return !tryLock(file);
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  try {
    requireAccess("read", path);
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Housekeeping that may fail: what stays is removed when the next run is made. */
function attempt(fn: () => void): void {
  try {
    fn();
  } catch {
    // Another process may be removing the same runs, or this one may not read the folder.
  }
}

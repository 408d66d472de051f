/**
 * Where starts are kept: one file of OTLP/JSON lines each, the newest so many of them.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { reasonOf, requireAccess } from "./_access.ts";
import { tryLock } from "./_lock.ts";
import { surplus } from "./_retention.ts";
import { dataDirectory, joinPath } from "./data_dir.ts";
import { RunError } from "./errors.ts";
import { readRoot, readTags, type Tags, tagsOf } from "./root.ts";
import { createRunId, openLogOf, runFileName, runIdOf } from "./run_id.ts";
import { type RunWarnings, RunWriter } from "./writer.ts";

export { isBeingWritten } from "./_lock.ts";
export { RunError } from "./errors.ts";
export { openRunFile, RunWriter } from "./writer.ts";

/** Where runs are kept, and how many. */
export interface RunStoreOptions extends RunWarnings {
  /** The data directory. Default: `COLDTRACE_DIR`, else the user's data folder. */
  dir?: string | undefined;
  /** How many runs are kept without a label, and as many of each label. @default {50} */
  keep?: number;
  /** Finds the root of a run whose file has none yet, by its path. @default {none} */
  openRoot?: (path: string) => SpanRecord | undefined;
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
  #openRoot: (path: string) => SpanRecord | undefined;
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
    this.#openRoot = options.openRoot ?? (() => undefined);
  }

  /**
   * Begins a run. When it is over, the oldest ones beyond the number to keep are removed, as
   * {@linkcode RunStore.prune} does it, several at a time: an eighth more may be there until then.
   * It never throws: where nothing can be stored, that is one warning.
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
      return this.#createFile(directory);
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
   * Finds the root of a stored run, without reading all of its file.
   *
   * @param run The run.
   * @returns Its root; `undefined` where there is none.
   */
  async root({ path }: RunInfo): Promise<SpanRecord | undefined> {
    return await readRoot(path) ?? this.#openRoot(path);
  }

  /**
   * Finds the runs of a label.
   *
   * @param label The label.
   * @param runs Where to look. Default: all.
   * @returns Those that have it, newest last.
   * @throws {RunError} If the folder is there but cannot be read.
   */
  labelled(label: string, runs: readonly RunInfo[] = this.list()): RunInfo[] {
    return runs.filter((run) => this.#tags(run).label === label);
  }

  /**
   * Finds the file of a run.
   *
   * @param ref What names it, as for {@linkcode RunStore.find}. Default: the latest run.
   * @returns The path, or `-`, for `readRun`; of a label that of its latest run.
   * @throws {RunError} If there is no such run, or several.
   */
  resolve(ref?: string): string {
    if (ref !== undefined) return this.resolveAll(ref).at(-1) ?? ref;
    const latest = this.list().at(-1);
    if (latest === undefined) throw this.#notFound(ref, 0);
    return latest.path;
  }

  /**
   * Finds the files of all the runs that something names.
   *
   * @param ref What names them, as for {@linkcode RunStore.find}.
   * @returns At least one path, or `-`, the newest last.
   * @throws {RunError} If there is no such run, or it is the beginning of several ids.
   */
  resolveAll(ref: string): string[] {
    const found = this.find(ref);
    if (found.length > 0) return found;
    if (looksLikePath(ref)) return [ref];
    throw this.#notFound(ref, this.list().length);
  }

  /**
   * Finds the files of all the runs that something names. It names, whichever comes first: a file,
   * if it looks like a path; the one run whose id it is or begins; the runs of a label; a file.
   *
   * @param ref An id, the beginning of exactly one id, a label, a file's path, or `-` for standard
   * input.
   * @returns The paths, or `-`, the newest last; none where nothing has that name.
   * @throws {RunError} If it is the beginning of several ids.
   */
  find(ref: string): string[] {
    if (ref === "") return [];
    if (ref === "-" || looksLikePath(ref) && isFile(ref)) return [ref];
    const runs = this.list();
    const begun = runs.filter((run) => run.id.startsWith(ref));
    const named = begun.length === 1 ? begun : this.labelled(ref, runs);
    if (named.length > 0) return named.map(({ path }) => path);
    if (begun.length > 1) throw severalNamed(ref, begun);
    return isFile(ref) ? [ref] : [];
  }

  /**
   * Removes a run.
   *
   * @param run The run.
   * @returns Whether it was removed: one that is being written is not.
   * @throws {Deno.errors.PermissionDenied} Or another error of the file system.
   */
  remove({ path }: RunInfo): boolean {
    return removeRun(path);
  }

  /**
   * Removes the oldest runs beyond the number to keep: of those without a label, and of each label.
   * The starts of one series stay together, and what is being written stays.
   *
   * @param keep How many to keep. Default: as many as the store does.
   * @returns What was removed, newest last.
   * @throws {RunError} If the folder is there but cannot be read.
   */
  prune(keep: number = this.#keep): RunInfo[] {
    return surplus(this.list(), keep, (run) => this.#tags(run)).filter((run) => {
      try {
        return removeRun(run.path);
      } catch {
        return false; // Another process may be removing the same runs.
      }
    });
  }

  #tags({ path }: RunInfo): Tags {
    const tags = readTags(path);
    if (tags !== undefined) return tags;
    const root = this.#openRoot(path);
    return root ? tagsOf(root) : {};
  }

  #notFound(ref: string | undefined, count: number): RunError {
    const wanted = ref !== undefined ? `run '${ref}'` : "the latest run";
    if (this.directory === undefined) {
      return new RunError(
        `Cannot read ${wanted} as no data directory is known: set COLDTRACE_DIR or HOME`,
      );
    }
    return new RunError(
      count === 0
        ? `Cannot read ${wanted} as '${this.directory}' holds none: ` +
          "make one with 'coldtrace serve'"
        : `Cannot read ${wanted} as no run in '${this.directory}' has that id or label, ` +
          "and no file that name",
    );
  }

  /** Ids of one store differ in time, even within a millisecond, so that they sort. */
  #newId(): string {
    this.#lastTime = Math.max(Date.now(), this.#lastTime + 1);
    return createRunId(this.#lastTime);
  }

  /** Not after each run: looking at all the others takes as long as a small program's start. */
  #tidy(): void {
    const some = Math.max(1, Math.floor(this.#keep / 8));
    if (this.list().length % some === 0) this.prune();
  }

  #createFile(directory: string): RunWriter {
    for (let tries = 0;; tries++) {
      const id = this.#newId();
      const path = joinPath(directory, runFileName(id));
      try {
        const file = Deno.openSync(path, { append: true, createNew: true, mode: 0o600 });
        tryLock(file);
        const onClose = () => attempt(() => this.#tidy());
        return new RunWriter(id, {
          path,
          file,
          removeEmpty: true,
          onClose,
          onWarning: this.#onWarning,
        });
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists) || tries === 9) throw error;
      }
    }
  }
}

function severalNamed(ref: string, found: readonly RunInfo[]): RunError {
  const ids = found.slice(-5).map(({ id }) => id);
  const more = found.length > ids.length ? `${found.length - ids.length} more, ` : "";
  return new RunError(
    `Cannot read run '${ref}' as it must name one run: ${found.length} match it (${more}${
      ids.join(", ")
    })`,
  );
}

/** Removes a run unless it is being written; whether it did. */
function removeRun(path: string): boolean {
  requireAccess("write", path);
  using file = Deno.openSync(path);
  if (!tryLock(file)) return false;
  Deno.removeSync(path);
  attempt(() => Deno.removeSync(openLogOf(path)));
  return true;
}

function looksLikePath(ref: string): boolean {
  return /[/\\]|\.jsonl?$/.test(ref);
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

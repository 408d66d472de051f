import { encodeTraces } from "../otlp/encode.ts";
import type { SpanRecord } from "../trace/record.ts";
import { reasonOf, requireAccess } from "./_access.ts";
import { isRoot } from "./root.ts";

const ENCODER = new TextEncoder();

/** What a {@linkcode RunWriter} needs of a `Deno.FsFile`. */
export interface RunFile {
  /** Writes some of the bytes and tells how many. */
  writeSync(bytes: Uint8Array): number;
  /** Cuts the file off. */
  truncateSync(length: number): void;
  /** Closes the file. */
  close(): void;
}

/** How a {@linkcode RunWriter} tells what went wrong. */
export interface RunWarnings {
  /** Is told, in one line, why a run is not stored, at most once for each run. */
  onWarning?: (line: string) => void;
}

/** Where a run is written to, and who is told if that fails. */
export interface RunWriterOptions extends RunWarnings {
  /** The file's path. */
  path?: string | undefined;
  /** The open file; without one, nothing is written. */
  file?: RunFile | undefined;
  /** Whether to remove the file if nothing could be written to it. @default {false} */
  removeEmpty?: boolean;
  /** Called once the file is closed. */
  onClose?: () => void;
}

/**
 * Writes the spans of one run to its file.
 *
 * Each call is one synchronous write of one whole line, of two where a root comes with others, so
 * that a crash of this process loses no span that was handed over. It never throws: the first
 * failure is one warning, and the end of writing. What was written until then stays, without half a
 * line.
 */
export class RunWriter implements Disposable {
  /** The id of the run. */
  readonly id: string;
  #path: string | undefined;
  #file: RunFile | undefined;
  #size = 0;
  #removeEmpty: boolean;
  #onClose: (() => void) | undefined;
  #onWarning: ((line: string) => void) | undefined;
  #written = new Set<string>();

  /**
   * Takes over an open file.
   *
   * @param id The id of the run.
   * @param options The file.
   */
  constructor(id: string, options: RunWriterOptions = {}) {
    this.id = id;
    this.#path = options.path;
    this.#file = options.file;
    this.#removeEmpty = options.removeEmpty ?? false;
    this.#onClose = options.onClose;
    this.#onWarning = options.onWarning;
  }

  /** The run's file; `undefined` where nothing is stored. */
  get path(): string | undefined {
    return this.#path;
  }

  /**
   * Appends spans to the run. Open ones are passed over, and so are those of an id that
   * was written before.
   *
   * @param records Spans, for one line of the file.
   */
  write(records: readonly SpanRecord[]): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      const ended = records.filter((record) =>
        record.endTimeUnixNano !== undefined && this.#isFirst(record)
      );
      if (ended.length === 0) return;
      // A root has a line of its own, so that it is read without the rest.
      const { rest = [], root = [] } = Object.groupBy(ended, (r) => isRoot(r) ? "root" : "rest");
      const lines = [rest, root].filter(({ length }) => length > 0);
      const bytes = ENCODER.encode(lines.map((line) => `${encodeTraces(line)}\n`).join(""));
      let done = 0;
      while (done < bytes.length) {
        const count = file.writeSync(bytes.subarray(done));
        if (count === 0) throw new Error("nothing more can be written");
        done += count;
      }
      this.#size += done;
    } catch (error) {
      this.#giveUp(file, error);
    }
  }

  /** Closes the file; spans that come later are not written. */
  close(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    this.#onClose?.();
  }

  /** The same as {@linkcode RunWriter.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #isFirst({ traceId, spanId }: SpanRecord): boolean {
    const before = this.#written.size;
    return this.#written.add(traceId + spanId).size > before;
  }

  #giveUp(file: RunFile, error: unknown): void {
    const path = this.#path;
    const line = `Cannot store the spans of run '${this.id}' as '${path}' cannot be written: ` +
      reasonOf(error);
    attempt(() => file.truncateSync(this.#size));
    attempt(() => this.close());
    if (this.#size === 0) {
      this.#path = undefined;
      if (this.#removeEmpty && path !== undefined) attempt(() => Deno.removeSync(path));
    }
    this.#onWarning?.(line);
  }
}

/**
 * Opens a file of the user's choice for one run (`--trace-out FILE`). What it held is
 * replaced.
 *
 * @param path The file's path.
 * @param id The id of the run.
 * @param options Who is told if it fails.
 * @returns The writer; it writes nothing where the file cannot be opened.
 */
export function openRunFile(path: string, id: string, options: RunWarnings = {}): RunWriter {
  try {
    requireAccess("write", path);
    const file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
    return new RunWriter(id, { path, file, ...options });
  } catch (error) {
    options.onWarning?.(
      `Cannot store run '${id}' as '${path}' cannot be opened: ${reasonOf(error)}`,
    );
    return new RunWriter(id);
  }
}

function attempt(fn: () => void): void {
  try {
    fn();
  } catch {
    // The warning has told that this file is lost; there is nothing to add.
  }
}

/**
 * What a start is doing while it lasts. Its run file holds what has ended; this file beside it holds
 * a line of every span that started, and goes when the start is over. So one that is there tells
 * what a start is doing, or was doing when coldtrace itself was killed.
 *
 * @module
 */
import { encodeStarted, spansStarted } from "../launch/started.ts";
import type { SpanRecord } from "../trace/record.ts";

/** Notes the spans of a start that began. */
export class OpenLog {
  #path: string | undefined;
  #file: Deno.FsFile | undefined;
  /** What came before there was a file. */
  #lines: Uint8Array[] | undefined = [];

  /** Notes lines of the channel, which are only lent. Trouble with the file is nobody's. */
  take(lines: Uint8Array): void {
    if (this.#lines) this.#lines.push(lines.slice());
    else this.#write(lines);
  }

  /** Notes a span that was made here. */
  started(record: SpanRecord): void {
    this.take(encodeStarted(record));
  }

  /** Goes on in a file; without a `path`, nothing is noted any more. */
  open(path: string | undefined): void {
    const lines = this.#lines ?? [];
    this.#lines = undefined;
    if (path === undefined) return;
    try {
      this.#file = Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 });
      this.#path = path;
    } catch {
      return; // The run store has told what is wrong there.
    }
    for (const line of lines) this.#write(line);
  }

  /** The start is over. */
  end(): void {
    this.#file?.close();
    this.#file = undefined;
    try {
      if (this.#path !== undefined) Deno.removeSync(this.#path);
    } catch {
      // It goes with its run.
    }
  }

  #write(lines: Uint8Array): void {
    try {
      for (let rest = lines; this.#file && rest.length > 0;) {
        rest = rest.subarray(this.#file.writeSync(rest));
      }
    } catch {
      // A full disk, say: what is there by now has to do.
      this.#file?.close();
      this.#file = undefined;
    }
  }
}

/** The spans that had started when a start was last heard of; none, where it is over. */
export function readOpenLog(path: string): SpanRecord[] {
  try {
    return spansStarted(Deno.readFileSync(path));
  } catch {
    return [];
  }
}

/**
 * What a start is doing while it lasts. Its run file holds what has ended; this file beside it holds
 * a line of every span that started, and of every message of the engine's log that means something,
 * and goes when the start is over. So one that is there tells what a start is doing, or was doing when
 * coldtrace itself was killed.
 *
 * @module
 */
import { encodeStarted, spansStarted } from "../launch/started.ts";
import type { LogMessage } from "../sources/log_phases.ts";
import type { SpanRecord } from "../trace/record.ts";

/** How the line of a message begins; those who read of spans pass it over. */
const SAID = '{"coldtrace":"log",';
const encoder = new TextEncoder();

/** A message of the engine's log, and when it came, in nanoseconds since the Unix epoch. */
export interface Said {
  readonly message: LogMessage;
  readonly time: bigint;
}

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

  /** Notes what the engine said. What has no meaning or a secret in it is not to come here. */
  said({ text, pid, process }: LogMessage, time: bigint): void {
    const rest = JSON.stringify({ time: String(time), pid, process, text }).slice(1);
    this.take(encoder.encode(`${SAID}${rest}\n`));
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

/** What the engine had said when a start was last heard of; nothing, where it is over. */
export function readSaid(path: string): Said[] {
  try {
    const lines = Deno.readTextFileSync(path).split("\n");
    return lines.filter((line) => line.startsWith(SAID)).flatMap(saidIn);
  } catch {
    return [];
  }
}

function saidIn(line: string): Said[] {
  try {
    const { time, pid, process, text }: LogMessage & { time: string } = JSON.parse(line);
    return [{ message: { text, pid, process }, time: BigInt(time) }];
  } catch {
    return []; // Cut off by a crash.
  }
}

/**
 * What an engine writes: read, looked at, and handed to whoever wants it.
 *
 * @module
 */
import { PassOn } from "./uplink.ts";

/** How much of stderr an error shows, in bytes. */
const TAIL = 8192;

/** Where output goes. */
type Mode = "inherit" | "piped" | "null";

/** Who wants to know that an engine wrote something, and perhaps what. */
export interface OutputWatcher {
  /** It wrote something. */
  alive(): void;
  /** Reads the lines of one stream, if they matter. */
  watchLines(): TextLines | undefined;
}

/** Takes the protocol's lines out of an engine's stdout. */
export interface StdoutFilter {
  /** Takes the next bytes; what is not the protocol's comes back. */
  push(chunk: Uint8Array): Uint8Array;
  /** There are no more; what was held back comes back. */
  end(): Uint8Array;
}

/** What is read of an engine's output. */
export class EngineStreams {
  /** For the caller, if asked for. */
  readonly stdout: Outlet | undefined;
  /** For the caller, if asked for. */
  readonly stderr: Outlet | undefined;
  readonly #tail = new TailBuffer(TAIL);
  readonly #pumps: Pump[] = [];

  constructor(
    child: Deno.ChildProcess,
    modes: { stdout: Mode; stderr: Mode },
    watcher: OutputWatcher,
    filter: StdoutFilter | undefined,
  ) {
    this.stdout = modes.stdout === "piped" ? new Outlet() : undefined;
    this.stderr = modes.stderr === "piped" ? new Outlet() : undefined;
    if (this.stdout || filter) {
      const out = modes.stdout === "inherit" ? new PassOn() : this.stdout;
      this.#read(child.stdout, watcher, out, filter);
    }
    const { stderr } = this;
    if (stderr) {
      this.#read(child.stderr, watcher, {
        write: (bytes) => {
          this.#tail.write(bytes);
          return stderr.write(bytes);
        },
        close: () => stderr.close(),
      });
    }
  }

  /** The last lines of stderr, if it is read. */
  get stderrTail(): string {
    return this.#tail.toString();
  }

  /** Reads what is left when the process has ended. */
  async drain(): Promise<void> {
    this.stdout?.drain();
    this.stderr?.drain();
    await drain(this.#pumps);
  }

  #read(
    stream: ReadableStream<Uint8Array>,
    watcher: OutputWatcher,
    out?: { write(bytes: Uint8Array): void | Promise<void>; close(): void },
    filter?: StdoutFilter,
  ): void {
    const lines = watcher.watchLines();
    const take = (bytes: Uint8Array) => {
      if (bytes.length === 0) return;
      lines?.push(bytes);
      return out?.write(bytes);
    };
    this.#pumps.push(
      new Pump(stream, (chunk) => {
        watcher.alive();
        return take(filter ? filter.push(chunk) : chunk);
      }, () => {
        if (filter) take(filter.end());
        lines?.end();
        out?.close();
      }),
    );
  }
}

/** How much is read at once, in bytes: what a pipe holds. */
const CHUNK = 65_536;
const OVER: { value?: Uint8Array<ArrayBuffer>; done: true } = { done: true };

/** Reads a stream to its end and hands on each chunk, whose bytes are only lent. */
export class Pump {
  /** Settles when the stream has ended, or was cancelled, and all is handed on; never rejects. */
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamBYOBReader;
  #readingSince: number | undefined;

  /** `take` gets each chunk, and is waited for; `end` is called at last. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    take: (chunk: Uint8Array) => void | Promise<void>,
    end: () => void,
  ) {
    // Into a buffer of ours: a default reader has Deno make one of 64 KiB for each chunk, and to
    // touch its pages costs more than to read a line.
    this.#reader = stream.getReader({ mode: "byob" });
    this.done = this.#run(take, end);
  }

  /** For how many milliseconds nothing has come; 0 while something is being handed on. */
  get idle(): number {
    return this.#readingSince === undefined ? 0 : performance.now() - this.#readingSince;
  }

  /** Reads no more. */
  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #run(
    take: (chunk: Uint8Array) => void | Promise<void>,
    end: () => void,
  ): Promise<void> {
    let buffer = new ArrayBuffer(CHUNK);
    while (true) {
      this.#readingSince = performance.now();
      const { value, done } = await this.#reader.read(new Uint8Array(buffer)).catch(() => OVER);
      this.#readingSince = undefined;
      if (done || !value) break;
      const taken = take(value);
      if (taken) await taken;
      buffer = value.buffer;
    }
    end();
  }
}

/**
 * Waits until all has been read that the ended process left in its pipes. Something that it
 * started may hold them open for ever, so a pipe that stays silent for `silence` milliseconds
 * is given up, and all of them after `limit`.
 */
export async function drain(
  pumps: readonly Pump[],
  { silence = 300, limit = 2000 }: { silence?: number; limit?: number } = {},
): Promise<void> {
  const begin = performance.now();
  let over = false;
  const all = Promise.all(pumps.map((pump) => pump.done)).then(() => over = true);
  while (!over) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = new Promise((resolve) => timer = setTimeout(resolve, silence / 3));
    await Promise.race([all, tick]);
    clearTimeout(timer);
    const elapsed = performance.now() - begin;
    for (const pump of pumps) {
      if (Math.min(pump.idle, elapsed) >= silence || elapsed >= limit) pump.cancel();
    }
    if (elapsed >= limit + silence) break;
  }
}

/** How much of a piped stream is kept for a reader that is slow, or has not come yet. */
const KEPT = 1024 * 1024;

/**
 * A child's output as a stream for the caller, which never stops the child for want of a
 * reader: what nobody reads is kept up to a mebibyte, and dropped from there on. A reader that
 * holds the stream and is slow slows the child, as with `Deno.Command`.
 */
export class Outlet {
  /** What the caller reads. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #resume: (() => void) | undefined;
  #draining = false;

  constructor() {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#resume?.(),
      cancel: () => {
        this.#controller = undefined;
        this.#resume?.();
      },
    }, { highWaterMark: KEPT, size: (chunk) => chunk?.length ?? 0 });
  }

  /** Takes the next bytes; what it returns settles when there is room for more. */
  write(chunk: Uint8Array): void | Promise<void> {
    const controller = this.#controller;
    if (!controller) return;
    const full = (controller.desiredSize ?? 0) <= 0;
    if (full && !this.stream.locked && !this.#draining) return;
    controller.enqueue(chunk.slice());
    if ((controller.desiredSize ?? 0) > 0 || !this.stream.locked || this.#draining) return;
    return new Promise((resolve) => this.#resume = resolve);
  }

  /** Waits for the reader no more: the child is gone, and little can be left. */
  drain(): void {
    this.#draining = true;
    this.#resume?.();
  }

  /** Ends the stream. */
  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}

/** The last bytes of a stream, for the message of an error. */
export class TailBuffer {
  readonly #ring: Uint8Array;
  /** How many bytes were written in all. */
  #written = 0;

  constructor(size: number) {
    this.#ring = new Uint8Array(size);
  }

  /** Takes the next bytes of the stream. */
  write(chunk: Uint8Array): void {
    const size = this.#ring.length;
    const kept = chunk.length > size ? chunk.subarray(chunk.length - size) : chunk;
    const at = (this.#written + chunk.length - kept.length) % size;
    const first = kept.subarray(0, size - at);
    this.#ring.set(first, at);
    this.#ring.set(kept.subarray(first.length), 0);
    this.#written += chunk.length;
  }

  /** The last whole lines, decoded, without the final newline. */
  toString(): string {
    const size = this.#ring.length;
    const cut = this.#written > size;
    const at = this.#written % size;
    const bytes = new Uint8Array(cut ? size : this.#written);
    if (cut) {
      bytes.set(this.#ring.subarray(at), 0);
      bytes.set(this.#ring.subarray(0, at), size - at);
    } else {
      bytes.set(this.#ring.subarray(0, this.#written));
    }
    const text = new TextDecoder().decode(bytes).replace(/[\r\n]+$/, "");
    // What was cut off may have left half a line; better none, unless it is all there is.
    const newline = cut ? text.indexOf("\n") : -1;
    return text.slice(newline + 1);
  }
}

/** The longest line that is looked at, in characters; more of it is left out. */
const MAX_LINE = 65_536;

/** Reads the lines of a text stream until somebody has seen enough. */
export class TextLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #line = "";
  #stopped = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    if (this.#stopped) return;
    const [first = "", ...others] = this.#decoder.decode(chunk, { stream: true }).split("\n");
    this.#append(first);
    for (const line of others) {
      this.#tell();
      this.#append(line);
    }
  }

  /** Tells that the stream has ended: what has no newline is a line too. */
  end(): void {
    if (this.#line !== "") this.#tell();
  }

  /** Reads no more. */
  stop(): void {
    this.#stopped = true;
    this.#line = "";
  }

  #append(text: string): void {
    if (!this.#stopped) this.#line += text.slice(0, MAX_LINE - this.#line.length);
  }

  #tell(): void {
    if (this.#stopped) return;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#onLine(line);
  }
}

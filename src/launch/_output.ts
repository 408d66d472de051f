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

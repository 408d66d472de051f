import { Outlet, TailBuffer } from "./_output.ts";
import type { Readiness } from "./_readiness.ts";
import { PassOn } from "./uplink.ts";

/** How much of stderr an error shows, in bytes. */
const TAIL = 8192;

/** Where output goes. */
type Mode = "inherit" | "piped" | "null";

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
    readiness: Readiness,
    filter: StdoutFilter | undefined,
  ) {
    this.stdout = modes.stdout === "piped" ? new Outlet() : undefined;
    this.stderr = modes.stderr === "piped" ? new Outlet() : undefined;
    if (this.stdout || filter) {
      const out = modes.stdout === "inherit" ? new PassOn() : this.stdout;
      this.#read(child.stdout, readiness, out, filter);
    }
    const { stderr } = this;
    if (stderr) {
      this.#read(child.stderr, readiness, {
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
    readiness: Readiness,
    out?: { write(bytes: Uint8Array): void | Promise<void>; close(): void },
    filter?: StdoutFilter,
  ): void {
    const lines = readiness.watchLines();
    const take = (bytes: Uint8Array) => {
      if (bytes.length === 0) return;
      lines?.push(bytes);
      return out?.write(bytes);
    };
    this.#pumps.push(
      new Pump(stream, (chunk) => {
        readiness.alive();
        return take(filter ? filter.push(chunk) : chunk);
      }, () => {
        if (filter) take(filter.end());
        lines?.end();
        out?.close();
      }),
    );
  }
}

/** Reads a stream to its end and hands on each chunk. */
export class Pump {
  /** Settles when the stream has ended, or was cancelled, and all is handed on; never rejects. */
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #readingSince: number | undefined;

  /** `take` gets each chunk, and is waited for; `end` is called at last. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    take: (chunk: Uint8Array) => void | Promise<void>,
    end: () => void,
  ) {
    this.#reader = stream.getReader();
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
    while (true) {
      this.#readingSince = performance.now();
      const { value } = await this.#reader.read().catch(() => ({ value: undefined }));
      this.#readingSince = undefined;
      if (!value) break;
      const taken = take(value);
      if (taken) await taken;
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

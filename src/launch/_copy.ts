import { drain, Pump } from "./_engine_output.ts";

/** One of the two streams that a program writes. */
export type StreamName = "stdout" | "stderr";

/** Sees what a program writes before it is passed on; the bytes are only lent. */
export type OutputTap = (stream: StreamName, bytes: Uint8Array) => void;

/** Where a stream is passed on to. */
interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/** How long to wait where somebody made our stream non-blocking, and its reader is slow. */
const RETRY = 1;

/**
 * Passes a program's output on to ours: the same bytes in the same order, no faster than they are
 * read there, and never more of them held than a pipe does.
 */
export class OutputCopy {
  readonly #pumps: Pump[] = [];
  #tap: OutputTap | undefined;

  /** `streams` are those that are piped. */
  constructor(
    streams: Partial<Record<StreamName, ReadableStream<Uint8Array>>>,
    tap: OutputTap | undefined,
  ) {
    this.#tap = tap;
    for (const [name, fd] of [["stdout", 1], ["stderr", 2]] as const) {
      const stream = streams[name];
      if (stream) this.#copy(name, stream, sinkOf(fd) ?? Deno[name]);
    }
  }

  /** From now on nobody looks at what is passed on. */
  untap(): void {
    this.#tap = undefined;
  }

  /** Passes on what is left when the program has ended. */
  async end(): Promise<void> {
    // Where nothing is passed on, not even a timer is made: the first costs 6 ms (Deno 2.9.6).
    if (this.#pumps.length === 0) return;
    // Our own reader has all the time that it wants: the program would have waited for it, too.
    await drain(this.#pumps, { limit: Infinity });
  }

  #copy(name: StreamName, stream: ReadableStream<Uint8Array>, sink: Sink): void {
    const pump: Pump = new Pump(stream, async (chunk) => {
      this.#tap?.(name, chunk);
      // Without a reader the program must notice, as it would without us.
      if (!await writeTo(sink, chunk)) pump.cancel();
    }, () => {});
    this.#pumps.push(pump);
  }
}

/**
 * A pipe of ours that somebody has made non-blocking, opened anew: what Deno (2.9.6) could write of a
 * block to such a stdout it would write again. Linux only, as others have nowhere to open it.
 */
function sinkOf(fd: number): Sink | undefined {
  try {
    const [, flags = "0"] =
      /^flags:\s*([0-7]+)/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`)) ?? [];
    const isPipe = Deno.readLinkSync(`/proc/self/fd/${fd}`).startsWith("pipe:");
    if (!isPipe || (parseInt(flags, 8) & NONBLOCK) === 0) return undefined;
    return Deno.openSync(`/proc/self/fd/${fd}`, { write: true });
  } catch {
    return undefined;
  }
}

/** `O_NONBLOCK` of Linux. */
const NONBLOCK = 0o4000;

/** Writes all. Whether somebody is there to read; what a full disk does not take is lost. */
async function writeTo(sink: Sink, bytes: Uint8Array): Promise<boolean> {
  for (let written = 0; written < bytes.length;) {
    try {
      written += await sink.write(bytes.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      if (!(error instanceof Deno.errors.WouldBlock)) return true;
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
  return true;
}

/** What a receiver takes at most, in bytes unless it says otherwise. */
export interface ReceiverLimits {
  /** One body, as it comes and inflated. */
  readonly body: number;
  /** All bodies that are being received or read at one time. */
  readonly inHand: number;
  /** All bodies whose spans are kept. */
  readonly kept: number;
  /** The time for one body to come, in milliseconds. */
  readonly deadline: number;
  /** The time that what is under way has when the receiver stops, in milliseconds. */
  readonly grace: number;
}

const MiB = 2 ** 20;

/**
 * What gRPC takes of OTLP by default is a body's size here, so what senders send has it: an SDK's
 * body is at most 512 spans, some hundred kilobytes, and a whole start of vLLM is twenty. Exporters
 * wait 10 s for an answer by default.
 */
export const LIMITS: ReceiverLimits = {
  body: 4 * MiB,
  inHand: 32 * MiB,
  kept: 16 * MiB,
  deadline: 10_000,
  grace: 1_000,
};

/** What is inflated at once: deflate makes at most 1,032 bytes of one, so a megabyte of this. */
const SLICE = 1_024;

/** Why a request is not taken. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Holds the bodies of requests, in bounded memory. */
export class Bodies {
  readonly #limits: ReceiverLimits;
  #held = 0;

  constructor(limits: ReceiverLimits) {
    this.#limits = limits;
  }

  /** Room for one body in its forms, given back when disposed of. */
  room(): Room {
    let held = 0;
    return {
      limit: this.#limits.body,
      take: (size) => {
        if (this.#held + size > this.#limits.inHand) {
          throw new Refusal(503, "too much is being received at once", { "retry-after": "1" });
        }
        held += size;
        this.#held += size;
      },
      [Symbol.dispose]: () => {
        this.#held -= held;
        held = 0;
      },
    };
  }

  /**
   * Receives a body as it was sent.
   *
   * @throws {Refusal} If it is too large (413), too slow (408), cut off (400), or there is no room
   * for it now (503).
   */
  async receive(request: Request, room: Room): Promise<Uint8Array> {
    if (Number(request.headers.get("content-length") ?? 0) > room.limit) throw tooLarge(room);
    const bytes = new Bytes(room);
    if (request.body === null) return bytes.all();
    const reading = new AbortController();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const deadline = setTimeout(
      () => reject(new Refusal(408, "the body came too slowly")),
      this.#limits.deadline,
    );
    try {
      await Promise.race([readInto(bytes, request.body, reading.signal), late]);
    } finally {
      clearTimeout(deadline);
      reading.abort();
    }
    return bytes.all();
  }
}

/**
 * Reads a body until its end, or until it is of no interest. The read under way then goes on until
 * the connection ends: Deno 2.9 keeps the process alive for ever once a read that waits is cancelled.
 */
async function readInto(
  bytes: Bytes,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (signal.aborted) return;
      bytes.push(part.value);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, "the body is not whole");
  }
}

/** Room for one body. */
export interface Room extends Disposable {
  /** The size that a body may have. */
  readonly limit: number;
  /** Takes so many bytes; throws a `Refusal` if there are not so many. */
  take(size: number): void;
}

/**
 * Inflates what was compressed by gzip, a slice at a time, so that a small body that pretends to
 * be a large one takes no more memory than one that is.
 *
 * @throws {Refusal} If it is too large (413), not gzip or not whole (400), or there is no room for
 * it now (503).
 */
export async function inflate(slices: Iterable<BufferSource>, room: Room): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  // It fails when the other end does, which is where that is told.
  const fed = feed(slices, writable.getWriter()).catch(() => {});
  const bytes = new Bytes(room);
  try {
    for await (const part of readable) bytes.push(part);
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, "the body is not gzip");
  } finally {
    await fed;
  }
  return bytes.all();
}

async function feed(
  slices: Iterable<BufferSource>,
  writer: WritableStreamDefaultWriter<BufferSource>,
): Promise<void> {
  for (const slice of slices) await writer.write(slice);
  await writer.close();
}

/** The slices of a body to inflate. */
export function* slicesOf(body: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < body.length; at += SLICE) yield body.slice(at, at + SLICE);
}

/** A body that grows; in one piece, since one of many tiny ones would take much more memory. */
class Bytes {
  readonly #room: Room;
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  push(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#room.limit) throw tooLarge(this.#room);
    this.#room.take(part.length);
    if (length > this.#buffer.length) {
      const buffer = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      buffer.set(this.all());
      this.#buffer = buffer;
    }
    this.#buffer.set(part, this.#length);
    this.#length = length;
  }

  all(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

function tooLarge({ limit }: Room): Refusal {
  return new Refusal(413, `the body is larger than ${limit} bytes`);
}

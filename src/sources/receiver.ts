/**
 * A receiver of an engine's own spans: OTLP traces over HTTP, on this machine only.
 *
 * Source: OTLP 1.x, "OTLP/HTTP": protobuf and JSON, plain and gzip.
 *
 * @module
 */
import { decodeTraces as decodeJson } from "../otlp/json.ts";
import { decodeTraces as decodeProtobuf } from "../otlp/protobuf.ts";
import type { SpanRecord } from "../trace/record.ts";
import { within } from "../trace/within.ts";
import { accepted, type Format, formatOf, refused } from "./receiver/answer.ts";
import {
  Bodies,
  inflate,
  LIMITS,
  type ReceiverLimits,
  Refusal,
  slicesOf,
} from "./receiver/body.ts";
import { ReceivedSpans, type SpanProfile } from "./receiver/spans.ts";
import type { Testimony } from "./witness.ts";

/** What a receiver knows of those who send to it. */
export interface ReceiverOptions {
  /** What is known of the engine's spans; without it each is work. */
  readonly profile?: SpanProfile | undefined;
  /** Gets all spans that come, those of requests too. What it throws is lost. */
  readonly forward?: ((spans: readonly SpanRecord[]) => void) | undefined;
}

/** A receiver that takes spans. */
export interface Receiver extends AsyncDisposable {
  /** Where they are to be sent: a full URL, with a secret of this receiver in its path. */
  readonly endpoint: string;
  /** What has been received until now; the spans of requests are left out. */
  testimony(): Testimony;
  /** Keeps nothing of what comes from here on; it is taken all the same, and forwarded. */
  release(): void;
  /** Takes no more. What is under way has a second to come to its end. */
  stop(): Promise<void>;
}

/**
 * Starts a receiver on a free port of 127.0.0.1. It takes `POST` to its endpoint and nothing else:
 * any other path is 404, another method 405, another type or encoding 415, a body larger than
 * 4 MiB (as sent or inflated) 413, one that takes longer than 10 s 408, one that is not OTLP 400;
 * while more than 32 MiB are in hand it says 503, after which senders try again.
 *
 * It prints nothing, and keeps no process alive but while a body is under way. Of one process it
 * believes the first body, and a span that is sent again is kept once. Spans from 16 MiB of bodies
 * are kept; how many more were left out is told.
 *
 * @param options What is known of the sender.
 * @param limits What it takes at most; others than these are for tests.
 */
export function startReceiver(
  { profile, forward }: ReceiverOptions = {},
  limits: ReceiverLimits = LIMITS,
): Receiver {
  const path = `/${crypto.getRandomValues(new Uint8Array(16)).toHex()}/v1/traces`;
  const bodies = new Bodies(limits);
  const spans = new ReceivedSpans(profile, limits.kept);
  const refusals = new Refusals();
  const underWay = new Set<Promise<Response>>();
  let stopped: Promise<void> | undefined;
  let isReleased = false;

  async function take(request: Request, format: Format): Promise<void> {
    const encoding = encodingOf(request.headers);
    using room = bodies.room();
    const sent = await bodies.receive(request, room);
    if (isReleased && !forward) return;
    const body = encoding === "gzip" ? await inflate(slicesOf(sent), room) : sent;
    const records = decode(body, format);
    if (!isReleased) spans.add(records, body.length);
    try {
      forward?.(records);
    } catch {
      // Not the engine's business.
    }
  }

  async function answer(request: Request): Promise<Response> {
    if (stopped) return refused(new Refusal(503, "no more is taken"));
    // A `Host` that is none makes a URL that is none.
    if (URL.parse(request.url)?.pathname !== path) {
      return refused(new Refusal(404, "nothing is here"));
    }
    const format = formatOf(request.headers);
    try {
      if (request.method !== "POST") throw new Refusal(405, "only POST", { allow: "POST" });
      if (format === undefined) throw new Refusal(415, "not a content type of OTLP");
      await take(request, format);
      return accepted(format);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, "this is our fault");
      refusals.add(refusal);
      return refused(refusal, format);
    }
  }

  function serve(request: Request): Promise<Response> {
    const answering = answer(request);
    underWay.add(answering);
    return answering.finally(() => underWay.delete(answering));
  }

  const aborter = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: aborter.signal,
    onListen() {},
    // Otherwise it would be printed.
    onError: () => new Response(null, { status: 500 }),
  }, serve);
  server.unref();

  // `server.shutdown()` waits for whoever has announced a body and does not send it, for ever, and
  // after it nothing can be aborted any more.
  async function stop(): Promise<void> {
    await within(limits.grace, Promise.all(underWay));
    await new Promise((resolve) => setTimeout(resolve)); // for the last answer to be written
    server.ref();
    aborter.abort();
    await server.finished;
  }

  return {
    endpoint: `http://127.0.0.1:${server.addr.port}${path}`,
    testimony() {
      const testimony = spans.testimony();
      return { ...testimony, missing: [...testimony.missing, ...refusals.lines()] };
    },
    release() {
      isReleased = true;
    },
    stop: () => stopped ??= stop(),
    [Symbol.asyncDispose]: () => stopped ??= stop(),
  };
}

/** Waits for a promise, for so many milliseconds at most. */
/** What of the engine's was not taken, and why. */
class Refusals {
  #count = 0;
  #last = "";

  add({ status, message }: Refusal): void {
    if (status === 503) return; // comes again
    this.#count++;
    this.#last = `${status}, ${message}`;
  }

  lines(): string[] {
    if (this.#count === 0) return [];
    const last = `the last one with ${this.#last}`;
    return [`requests with the engine's own spans that were refused: ${this.#count}, ${last}`];
  }
}

/** The encoding of a body, in so far as it is one that is taken. */
function encodingOf(headers: Headers): "gzip" | undefined {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (encoding === "gzip") return encoding;
  if (encoding === "" || encoding === "identity") return undefined;
  throw new Refusal(415, "only gzip", { "accept-encoding": "gzip" });
}

function decode(body: Uint8Array, format: Format): SpanRecord[] {
  try {
    return format === "json" ? decodeJson(new TextDecoder().decode(body)) : decodeProtobuf(body);
  } catch (error) {
    throw new Refusal(400, error instanceof Error ? error.message : "the body is not OTLP");
  }
}

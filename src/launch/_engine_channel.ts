import { settings, unixNano } from "../trace/process.ts";
import type { RecordAttributes, RecordResource, SpanRecord } from "../trace/record.ts";
import { injectEnv, spanContextOf } from "../trace/context.ts";
import type { Context } from "../trace/types.ts";
import { formatTraceparent } from "../trace/w3c.ts";
import { type Channel, Inbox } from "./channel.ts";
import { joined, LineReader } from "./_line_reader.ts";
import type { ProcessInfo } from "./uplink.ts";
import {
  attributesFromWire,
  countOf,
  decodeMessage,
  DOWN_LIMIT,
  encodeCore,
  encodeMessage,
  groupOf,
  type JsonObject,
  type Message,
  objectOf,
  resourceFromWire,
  spanFromWire,
  spanKindOf,
  timeOf,
  UP_LIMIT,
} from "./_message.ts";

/** How many processes of one engine are told apart. */
const MAX_PROCESSES = 1024;
/** How far the clocks of two processes may be apart, in nanoseconds. */
const SLACK = 1_000_000_000n;

/** A line that tells of a span of the engine: it need not be read before somebody wants to know. */
export interface SpanLine {
  /** The line as it came, newline included. The bytes are only lent. */
  readonly bytes: Uint8Array;
  /** Whether the span has ended, and not started. */
  readonly ended: boolean;
}

/** What such a line says. */
export interface SpanNews {
  readonly record: SpanRecord;
  /** The process whose span it is. */
  readonly pid: number;
}

/** What an engine tells by its channel. */
export interface EngineChannelHandlers {
  /** A process of the engine shows itself. */
  hello(process: ProcessInfo): void;
  /** A line tells of a span. */
  span(line: SpanLine): void;
  /** The engine says that it is ready. */
  ready(time: bigint, attributes: RecordAttributes): void;
  /** A process below the engine leads a group of its own, or no longer does. */
  group(pid: number, alive: boolean): void;
}

/**
 * The resource of a process below: where the process could not read the variables that say who
 * it is, what they say here.
 */
function completed(resource: RecordResource): RecordResource {
  const { "service.name": name, ...known } = resource.attributes;
  const own = settings().resourceAttributes;
  const isNamed = name !== undefined && !String(name).startsWith("unknown_service");
  const serviceName = isNamed ? name : own["service.name"] ?? name;
  return {
    ...resource,
    attributes: {
      ...own,
      ...known,
      ...(serviceName !== undefined && { "service.name": serviceName }),
    },
  };
}

/** The launcher's end of a channel. */
export class EngineChannel implements Channel {
  readonly #pid: number;
  readonly #handlers: EngineChannelHandlers;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: LineReader;
  readonly #processes = new Map<number, RecordResource>();
  readonly #inbox = new Inbox();
  readonly #launched = unixNano();
  #rest: Uint8Array[] = [];
  #skipped = 0;

  constructor(child: Deno.ChildProcess, handlers: EngineChannelHandlers) {
    this.#pid = child.pid;
    this.#handlers = handlers;
    this.#stdin = child.stdin.getWriter();
    // An engine that ends takes its pipe with it; its status tells, not an error here.
    this.#stdin.closed.catch(() => {});
    this.#reader = new LineReader(UP_LIMIT, {
      line: (bytes) => this.#line(bytes),
      rest: (bytes) => this.#rest.push(bytes.slice()),
      skipped: () => this.#skipped++,
    });
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Writes the first line down: who the engine is, and in which context. Never rejects. */
  async greet(name: string, parent: Context): Promise<void> {
    const fields = contextToWire(parent);
    await this.#write(() => encodeMessage({ coldtrace: "context", ...fields, name }))
      // An engine that has ended already tells so by its status.
      .catch(() => {});
  }

  send(message: Record<string, unknown>): Promise<void> {
    return this.#write(() => encodeCore(message, DOWN_LIMIT));
  }

  pass(message: Record<string, unknown>): void {
    this.send(message);
  }

  onMessage(handler: (message: Record<string, unknown>) => void): void {
    this.#inbox.onMessage(handler);
  }

  /** Takes the next bytes of the engine's stdout. What is none of the protocol's comes back. */
  push(chunk: Uint8Array): Uint8Array {
    this.#reader.push(chunk);
    return this.#takeRest();
  }

  /** Tells that the engine's stdout has ended. What was held back comes back. */
  end(): Uint8Array {
    this.#reader.end();
    return this.#takeRest();
  }

  /** Ends the engine's stdin, which tells it that nobody is above any more. */
  hangUp(): void {
    this.#stdin.close().catch(() => {});
  }

  /** Gives up what was not written. */
  abandon(): void {
    this.#stdin.abort().catch(() => {});
  }

  #write(encode: () => Uint8Array): Promise<void> {
    const written = Promise.try(() => this.#stdin.write(encode()));
    // Who does not wait for it must not be ended by it.
    written.catch(() => {});
    return written;
  }

  #takeRest(): Uint8Array {
    const rest = this.#rest;
    this.#rest = [];
    return joined(rest);
  }

  /** What a line says; nothing, where it makes no sense, which is counted. */
  read(line: SpanLine): SpanNews | undefined {
    try {
      const message = objectOf(decodeMessage(line.bytes));
      const pid = this.#pidOf(message);
      const record = spanFromWire(message.span, this.#resourceOf(pid));
      if (line.ended && record.endTimeUnixNano === undefined) throw new TypeError("It has no end");
      return { record, pid };
    } catch {
      this.#skipped++;
    }
  }

  #line(bytes: Uint8Array): void {
    const kind = spanKindOf(bytes);
    if (kind !== undefined) return this.#handlers.span({ bytes, ended: kind === "end" });
    try {
      this.#take(objectOf(decodeMessage(bytes)) as Message);
    } catch {
      this.#skipped++;
    }
  }

  #pidOf({ pid }: JsonObject): number {
    return pid === undefined ? this.#pid : countOf(pid);
  }

  #take(message: Message): void {
    const pid = this.#pidOf(message);
    switch (message.coldtrace) {
      case "hello": {
        const timeOrigin = this.#plausible(timeOf(message.timeOrigin));
        const resource = completed(resourceFromWire(message.resource));
        if (this.#processes.size < MAX_PROCESSES) this.#processes.set(pid, resource);
        return this.#handlers.hello({ pid, timeOrigin, resource });
      }
      case "ready":
        return this.#handlers.ready(
          this.#plausible(timeOf(message.time)),
          attributesFromWire(objectOf(message.attributes ?? {})),
        );
      case "group":
        return this.#handlers.group(groupOf(message.pid), message.alive === true);
      case "core":
        if (!this.#inbox.deliver(message.message)) throw new TypeError("Not a message, or no room");
        return;
      default:
        throw new TypeError("Not a kind of message");
    }
  }

  /** A time since the launch, as the engine's clock says; now, where it is none, which is counted. */
  #plausible(time: bigint): bigint {
    // This process's own time stands still while the machine sleeps.
    const now = [unixNano(), BigInt(Date.now()) * 1_000_000n].reduce((a, b) => a > b ? a : b);
    if (time >= this.#launched - SLACK && time <= now + SLACK) return time;
    this.#skipped++;
    return unixNano();
  }

  /** Who a process is; of one that has not shown itself, only its process id is known. */
  #resourceOf(pid: number): RecordResource {
    const known = this.#processes.get(pid);
    if (known) return known;
    const resource = { attributes: { "process.pid": pid } };
    if (this.#processes.size < MAX_PROCESSES) this.#processes.set(pid, resource);
    return resource;
  }
}

/**
 * The context as it goes down a channel: in W3C's formats, whatever `OTEL_PROPAGATORS` says of
 * what goes by the environment, since without it the spans that come up would be of no trace. The
 * baggage is left to that variable: it is what programs tell each other.
 */
export function contextToWire(context: Context): Record<string, string> {
  const span = spanContextOf(context);
  const tracestate = span?.traceState?.serialize();
  const { BAGGAGE: baggage } = injectEnv({}, context);
  return {
    ...(span && { traceparent: formatTraceparent(span) }),
    ...(tracestate && { tracestate }),
    ...(baggage && { baggage }),
  };
}

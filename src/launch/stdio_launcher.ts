import { processResource, setProcessName, unixNano } from "../trace/process.ts";
import { extractEnv, rootContext, withSpanContext } from "../trace/context.ts";
import type { RecordAttributes } from "../trace/record.ts";
import { connectPipe, disconnectPipe } from "../trace/listeners.ts";
import type { Attributes, Context } from "../trace/types.ts";
import { createTraceState, parseTraceparent } from "../trace/w3c.ts";
import { type Channel, Inbox, setChannel } from "./channel.ts";
import { joined, LineReader } from "./_line_reader.ts";
import {
  decodeMessage,
  DOWN_LIMIT,
  encodeCore,
  encodeHello,
  encodeReady,
  encodeSpan,
  type Message,
  UP_LIMIT,
} from "./_message.ts";
import type { Launcher } from "./types.ts";
import { settleUplink, writeAll } from "./uplink.ts";

/** How much is read at once. */
const CHUNK = 65_536;

/** A launcher at the other end of stdin and stdout. */
export class StdioLauncher implements Launcher, Channel {
  context: Context = rootContext;
  readonly closed: Promise<void>;
  readonly #close: () => void;
  readonly #chunk = new Uint8Array(CHUNK);
  readonly #inbox = new Inbox();
  readonly #reader = new LineReader(DOWN_LIMIT, {
    line: (bytes) => this.#take(decodeMessage(bytes)),
    rest: () => this.#take(undefined),
    skipped: () => this.#take(undefined),
  });
  #greeting: Partial<Message> | undefined;
  #skipped = 0;
  /** Lines that wait for the end of this turn. */
  #waiting: Uint8Array[] = [];
  #isReady = false;
  #isGone = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Waits for the first line down and answers it. Whether there was one. */
  async open(): Promise<boolean> {
    while (!this.#greeting) {
      if (!await this.#read()) {
        settleUplink(undefined);
        disconnectPipe();
        return false;
      }
    }
    const { name } = this.#greeting;
    if (typeof name === "string") setProcessName(name);
    // It wins over the environment, whatever it says.
    this.context = contextFromWire(this.#greeting);
    setChannel(this, this);
    sendConsoleToStderr();
    const resource = processResource();
    this.#write(encodeHello({ pid: Deno.pid, timeOrigin: unixNano(0), resource }));
    connectPipe({
      start: (record) => this.#write(encodeSpan("start", record)),
      end: (record) => this.#write(encodeSpan("end", record)),
    }, this.context);
    settleUplink({
      send: (line) => this.#write(line),
      pass: (line) => this.#pass(line),
    });
    this.#listen();
    return true;
  }

  ready(attributes: Attributes = {}): void {
    if (this.#isReady) return;
    this.#isReady = true;
    const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
    this.#write(encodeReady(unixNano(), Object.fromEntries(given) as RecordAttributes));
  }

  send(message: Record<string, unknown>): Promise<void> {
    const sent = Promise.try(() => this.#write(encodeCore(message, UP_LIMIT)));
    // Who does not wait for it must not be ended by it.
    sent.catch(() => {});
    return sent;
  }

  pass(message: Record<string, unknown>): void {
    this.#pass(encodeCore(message, UP_LIMIT));
  }

  onMessage(handler: (message: Record<string, unknown>) => void): void {
    this.#inbox.onMessage(handler);
  }

  async #listen(): Promise<void> {
    while (await this.#read());
    // It is gone, or is stopping us and reads what we still have to tell: the next write knows.
    this.#close();
  }

  /** Reads what is there. Whether the launcher is. */
  async #read(): Promise<boolean> {
    // Not `Deno.stdin.readable`: its first use costs a millisecond of the engine's start.
    const count = await Deno.stdin.read(this.#chunk).catch(() => null);
    if (count === null) return false;
    this.#reader.push(this.#chunk.subarray(0, count));
    return true;
  }

  #take(message: Message | undefined): void {
    // The first line is the greeting, whatever it is: one that makes no sense is no context.
    if (!this.#greeting) this.#greeting = message?.coldtrace === "context" ? message : {};
    else if (message?.coldtrace !== "core" || !this.#inbox.deliver(message.message)) {
      this.#skipped++;
    }
  }

  #write(line: Uint8Array): void {
    this.#waiting.push(line);
    this.#flush();
  }

  #pass(line: Uint8Array): void {
    if (this.#waiting.push(line) === 1) queueMicrotask(() => this.#flush());
  }

  /** Writes the lines that wait, never more at once than a pipe takes whole. */
  #flush(): void {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    let length = 0;
    let first = 0;
    for (const [i, line] of lines.entries()) {
      if (length + line.length > UP_LIMIT) {
        this.#writeNow(joined(lines.slice(first, i)));
        [first, length] = [i, 0];
      }
      length += line.length;
    }
    this.#writeNow(joined(lines.slice(first)));
  }

  #writeNow(bytes: Uint8Array): void {
    if (this.#isGone) return;
    try {
      writeAll(bytes);
    } catch {
      this.#lose();
    }
  }

  #lose(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    disconnectPipe();
    settleUplink(undefined);
    this.#close();
  }
}

/**
 * Makes `console` write to stderr, where stdout is a channel: a line of output is then never in
 * the middle of a line of the protocol, and whatever it begins with is never taken for one.
 */
function sendConsoleToStderr(): void {
  const error = console.error.bind(console);
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const elapsed = (label: string) => {
    const start = timers.get(label);
    return start === undefined
      ? `Timer '${label}' does not exist`
      : `${label}: ${performance.now() - start}ms`;
  };
  // `group` writes by `log`; `warn`, `error`, `trace` and `assert` write to stderr anyway.
  Object.assign(console, {
    log: error,
    info: error,
    debug: error,
    // Would write to stdout what clears a terminal, and leave a line there that it does not end.
    clear: () => {},
    dirxml: error,
    dir: (value: unknown, options?: Deno.InspectOptions) => error(Deno.inspect(value, options)),
    table: (data: unknown) => error(Deno.inspect(data)),
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      error(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void timers.set(label, performance.now()),
    timeLog: (label = "default", ...data: unknown[]) => error(elapsed(label), ...data),
    timeEnd: (label = "default") => {
      error(elapsed(label));
      timers.delete(label);
    },
  });
}

/** The context of a line; what is malformed is dropped as W3C's rules say. */
export function contextFromWire(
  { traceparent, tracestate, baggage }: Record<string, unknown>,
): Context {
  const context = extractEnv(typeof baggage === "string" ? { BAGGAGE: baggage } : {});
  const span = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
  if (!span) return context;
  const traceState = typeof tracestate === "string" ? createTraceState(tracestate) : undefined;
  return withSpanContext(context, {
    ...span,
    ...(traceState?.serialize() && { traceState }),
  });
}

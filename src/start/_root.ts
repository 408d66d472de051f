import config from "../../deno.json" with { type: "json" };
import { EngineStartError } from "../launch/errors.ts";
import { contextOfRecord, endedAt, newRecord } from "../trace/new_record.ts";
import { settings, unixNano } from "../trace/process.ts";
import type { RecordAttributes, RecordEvent, RecordScope, SpanRecord } from "../trace/record.ts";
import type { Context } from "../trace/types.ts";
import { failureOf } from "./_failure.ts";

/** The scope of the spans that are made here. */
export const SCOPE: RecordScope = { name: "coldtrace.start", version: config.version };

/** What the resource of all spans of a service says; the user's word, where there is one. */
export function ofService(name: string): RecordAttributes {
  return { "service.name": name, ...settings().resourceAttributes };
}

/** The root span of a start: a container, from launch to the first token or the engine's end. */
export class StartRoot {
  /** What everything in the start stands under. */
  readonly context: Context;
  /** Resolves when the first token has been seen. */
  readonly seen: Promise<void>;
  readonly #record: SpanRecord;
  readonly #see: () => void;
  /** The span of the engine's own process, once it has ended. */
  #process: SpanRecord | undefined;
  #isReady = false;

  /** Takes its place under the span in `parent`, or as the root of a new trace. */
  constructor(engine: string, parent: Context) {
    this.#record = newRecord("start", parent, {
      scope: SCOPE,
      attributes: { "coldtrace.container": true, "coldtrace.engine": engine },
    });
    this.context = contextOfRecord(this.#record, parent);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.seen = promise;
    this.#see = resolve;
  }

  /** The span as it is now. */
  get record(): SpanRecord {
    return this.#record;
  }

  /** The service that it is of, where the user names none: that of the engine, as all its spans. */
  serve(name: string): void {
    const { resource } = this.#record;
    const attributes = { ...resource.attributes, ...ofService(name) };
    this.#record.resource = { ...resource, attributes };
  }

  /** The engine is about to be launched. */
  begin(): void {
    this.#record.startTimeUnixNano = unixNano();
  }

  /** The start is stored under the id `run`, if it is. */
  store(run: string | undefined): void {
    if (run !== undefined) this.#record.attributes["coldtrace.run"] = run;
  }

  /** Time zero is the moment at which the engine's process was spawned. */
  launched(spans: readonly SpanRecord[]): void {
    const process = spans.find((span) => span.parentSpanId === this.#record.spanId);
    if (process) this.launchedAt(process.startTimeUnixNano);
  }

  /** Time zero. */
  launchedAt(time: bigint): void {
    this.#record.startTimeUnixNano = time;
  }

  /** A span of the start has ended. */
  saw(span: SpanRecord): void {
    if (span.parentSpanId === this.#record.spanId) this.#process = span;
    const { endTimeUnixNano: end, status } = span;
    const isToken = span.attributes["coldtrace.phase"] === "first_token";
    // The engine has told how its first token came about.
    if (isToken && status.code !== 2 && end !== undefined) this.firstToken(end);
  }

  /** The engine is ready: by default since the moment at which its process's span ended. */
  ready(time: bigint = this.#process?.endTimeUnixNano ?? unixNano()): void {
    this.#isReady = true;
    this.#add([{ name: "ready", timeUnixNano: time }]);
  }

  /** There is a first token. */
  firstToken(time: bigint): void {
    this.#add([{ name: "first_token", timeUnixNano: time }]);
    this.#see();
  }

  /** It was ready, but has no first token to give. */
  noFirstToken(message: string): void {
    this.#record.attributes["error.type"] = "first-token";
    this.#record.status = { code: 2, message };
  }

  /** What is known of the start as a whole. */
  tell(facts: RecordAttributes, events: readonly RecordEvent[] = []): void {
    Object.assign(this.#record.attributes, facts);
    this.#add(events);
  }

  /** When the last thing was seen that there was to see. */
  get last(): bigint {
    return this.#record.events?.at(-1)?.timeUnixNano ?? unixNano();
  }

  /** Ends it, by default at the last thing that was seen. */
  ended(time: bigint = this.last): SpanRecord {
    return endedAt(this.#record, time);
  }

  /** Ends it: the engine did not become ready. Without a `status` it was never there. */
  died(
    error: unknown,
    spans: readonly SpanRecord[],
    status?: Deno.CommandStatus,
  ): SpanRecord {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof EngineStartError) return this.failed(error.reason, message, spans, status);
    // What ends a launched engine besides its own failures is the caller's signal.
    const reason = status ? "stopped" : error instanceof Error ? error.name : "error";
    return this.failed(reason, message, spans, status);
  }

  /** Ends it: the engine was ready and ended before its first token. */
  exited(spans: readonly SpanRecord[], status: Deno.CommandStatus): SpanRecord {
    return this.failed("exit", "The engine ended before its first token", spans, status);
  }

  /** Ends it in failure, by default when its process ended. */
  failed(
    reason: string,
    message: string,
    spans: readonly SpanRecord[],
    status: Deno.CommandStatus | undefined,
    time?: bigint,
  ): SpanRecord {
    const { open, process, message: why } = failureOf(spans);
    const attributes: RecordAttributes = { "error.type": reason };
    if (open.length > 0) attributes["coldtrace.open"] = open.map(({ name }) => name);
    // A core that was killed says more than the API server that ended for want of it. But where
    // it was stopped, or too slow, how its processes took that says nothing.
    const failed = reason === "exit" ? process : undefined;
    const code = failed ? failed.attributes["process.exit.code"] : status?.code;
    const signal = failed ? failed.attributes["process.exit.signal"] : status?.signal;
    if (signal) attributes["process.exit.signal"] = signal;
    else if (code !== undefined) attributes["process.exit.code"] = code;
    Object.assign(this.#record.attributes, attributes);
    this.#record.status = { code: 2, message: failed ? why ?? message : message };
    // An engine that had become ready has an end that no span tells.
    const end = time ?? (this.#isReady ? undefined : this.#process?.endTimeUnixNano);
    return endedAt(this.#record, end ?? unixNano());
  }

  #add(more: readonly RecordEvent[]): void {
    if (more.length === 0) return;
    const events = this.#record.events ??= [];
    events.push(...more);
    // What comes in one piece is noticed in any order.
    events.sort((a, b) => Number(a.timeUnixNano - b.timeUnixNano));
  }
}

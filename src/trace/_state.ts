/**
 * What the copies of this module share, since two versions of it may be loaded at once.
 *
 * Only plain data, functions and the interfaces below cross from one copy to another, never
 * a class; whoever changes their meaning changes the key in `process.ts`.
 *
 * @module
 */
import type { RecordResource, SpanRecord } from "./record.ts";
import type { Context, Span, SpanContext, SpanOptions } from "./types.ts";

/** What carries the active context; the API's `ContextManager`, as far as it is needed. */
export interface ContextManager {
  /** The context that is active now. */
  active(): Context;
  /** Calls `fn` with `context` active, and across its awaits. */
  with<A extends unknown[], R>(
    context: Context,
    fn: (...args: A) => R,
    thisArg: undefined,
    ...args: A
  ): R;
}

/** Anything that can become a record when somebody wants one. */
export interface Recordable {
  /** The record as of now. */
  toRecord(): SpanRecord;
}

/** A span of ours that is being recorded, as the other parts and copies see it. */
export interface LiveSpan extends Span, Recordable {
  /** The span that it was started under, if it is not a root. */
  readonly parent: SpanContext | undefined;
  /** Its W3C trace flags; asking for its whole identity would cost. */
  readonly traceFlags: number;
  /** Whether its caller asked for a new trace. */
  readonly detached: boolean;
  /** Puts it under another parent, or none, into a trace. */
  adopt(parent: SpanContext | undefined, traceId: string, traceFlags: number): void;
}

/** Somebody in this process who wants its spans. */
export interface Collector {
  /** Called with each span that ended. */
  readonly onSpan: (record: SpanRecord) => void;
  /** Called with each span that started. */
  readonly onStart?: ((record: SpanRecord) => void) | undefined;
}

/** The way to the launcher above this process. */
export interface Pipe {
  /** Tells the launcher of a span that started. */
  start(record: SpanRecord): void;
  /** Tells the launcher of a span that ended. */
  end(record: SpanRecord): void;
}

/** Where spans are queued for export. */
export interface Queue {
  /** Takes one span. */
  push(item: Recordable): void;
  /** Sends what was taken, within `timeout` milliseconds. Never rejects. */
  flush(timeout: number): Promise<void>;
}

/** What is shared by all copies. */
export interface State {
  /** Whether the environment has been looked at. */
  known: boolean;
  /** Whether spans are to be exported, by the environment. */
  exports: boolean;
  /** Whether somebody wants records, whatever the environment and the host say. */
  wanted: boolean;
  /** Who in this process wants its spans. */
  readonly collectors: Set<Collector>;
  /** Spans waiting for the launcher that announced itself. */
  waiting: LiveSpan[] | undefined;
  /** How many spans found no more room to wait. */
  dropped: number;
  /** The way up, while a launcher is connected. */
  pipe: Pipe | undefined;
  /** Our exporter's, once it has had something to do. */
  queue: Queue | undefined;
  /** The parent of what has none in this process: from the environment, or from the pipe. */
  inbound: Context | undefined;
  /** `inbound`'s span, for spans that record nothing. */
  offSpan: Span | undefined;
  /** Trace and span ids that were given up, and the launcher's that took their place. */
  readonly renamed: Map<string, string>;
  /** Deno's context manager, once it has been touched. */
  manager: ContextManager | undefined;
  /** Who makes the spans of this process. */
  resource: RecordResource | undefined;
  /** Lines that have been written to stderr. */
  readonly warned: Set<string>;
}

/** What a host registers with the API as its source of tracers, as far as it is needed. */
export interface HostProvider {
  /** A tracer of the host's. */
  getTracer(name: string, version?: string): HostTracer;
}

/** A tracer of the host's, as far as it is needed. */
export interface HostTracer {
  /** Starts a span that is not made active. */
  startSpan(name: string, options?: SpanOptions, context?: Context): Span;
}

/** What is registered with the OpenTelemetry API 1.x, whichever copy of it. */
export interface ApiGlobals {
  /** The registered tracer provider. */
  readonly trace?: HostProvider;
  /** The registered context manager. */
  readonly context?: ContextManager;
}

/**
 * The shape of OpenTelemetry's tracing API, as documented interfaces of our own.
 *
 * They are structurally the types of `@opentelemetry/api` 1.9 (a type test holds
 * both ways), so that code written against either takes the other, while importing
 * them loads no package.
 *
 * @module
 */

/** One attribute value: a primitive, or an array of primitives of one kind. */
export type AttributeValue =
  | string
  | number
  | boolean
  | Array<null | undefined | string>
  | Array<null | undefined | number>
  | Array<null | undefined | boolean>;

/** Attributes of a span, event, link or resource; `undefined` values are left out. */
export interface Attributes {
  /** The value under one attribute key. */
  [key: string]: AttributeValue | undefined;
}

/** High-resolution time: whole seconds since the Unix epoch, and nanoseconds. */
export type HrTime = [number, number];

/**
 * A moment: {@linkcode HrTime}, a `Date`, or a number, which is milliseconds since the
 * Unix epoch or, when below 1e11 (1973), a `performance.now()` reading.
 */
export type TimeInput = HrTime | number | Date;

/** W3C `tracestate`: an immutable list of vendor entries. */
export interface TraceState {
  /** A copy in which `key` has `value` and stands first. */
  set(key: string, value: string): TraceState;
  /** A copy without `key`. */
  unset(key: string): TraceState;
  /** The value of `key`, if it has one. */
  get(key: string): string | undefined;
  /** The header form, `key=value,key2=value2`. */
  serialize(): string;
}

/** What identifies a span across processes (W3C Trace Context). */
export interface SpanContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  spanId: string;
  /** Whether it came from another process. */
  isRemote?: boolean;
  /** W3C trace flags; bit 0 is "sampled". */
  traceFlags: number;
  /** Vendor entries that travel with the context. */
  traceState?: TraceState;
}

/** An immutable map that travels with the flow of execution. */
export interface Context {
  /** The value under `key`. */
  getValue(key: symbol): unknown;
  /** A copy in which `key` has `value`. */
  setValue(key: symbol, value: unknown): Context;
  /** A copy without `key`. */
  deleteValue(key: symbol): Context;
}

/** A pointer from one span to another that is not its parent. */
export interface Link {
  /** The span pointed to. */
  context: SpanContext;
  /** What the link means. */
  attributes?: Attributes;
  /** How many attributes were dropped before it got here. */
  droppedAttributesCount?: number;
}

/**
 * What role a span plays, with OpenTelemetry's API numbers:
 * 0 internal, 1 server, 2 client, 3 producer, 4 consumer.
 */
export type SpanKind = 0 | 1 | 2 | 3 | 4;

/** How a span ended, with OpenTelemetry's numbers: 0 unset, 1 ok, 2 error. */
export type SpanStatusCode = 0 | 1 | 2;

/** How a span ended, and why. */
export interface SpanStatus {
  /** 0 unset, 1 ok, 2 error. */
  code: SpanStatusCode;
  /** A description, for errors. */
  message?: string;
}

/** What {@linkcode Span.recordException} takes: an `Error`, a string, or anything alike. */
export type Exception =
  | { code: string | number; name?: string; message?: string; stack?: string }
  | { code?: string | number; message: string; name?: string; stack?: string }
  | { code?: string | number; message?: string; name: string; stack?: string }
  | string;

/** How to start a span. */
export interface SpanOptions {
  /** The span's role; internal by default. @default {0} */
  kind?: SpanKind;
  /** Attributes to begin with. */
  attributes?: Attributes;
  /** Links to begin with. */
  links?: Link[];
  /** When it began, if not now. */
  startTime?: TimeInput;
  /** Start a new trace, whatever is active. @default {false} */
  root?: boolean;
}

/** A timed operation. */
export interface Span {
  /** The identity of this span. */
  spanContext(): SpanContext;
  /** Sets one attribute. */
  setAttribute(key: string, value: AttributeValue): this;
  /** Sets several attributes. */
  setAttributes(attributes: Attributes): this;
  /** Adds a point in time within the span. */
  addEvent(
    name: string,
    attributesOrStartTime?: Attributes | TimeInput,
    startTime?: TimeInput,
  ): this;
  /** Adds a link to another span. */
  addLink(link: Link): this;
  /** Adds several links. */
  addLinks(links: Link[]): this;
  /** Sets how it ended. A status of ok is final; unset changes nothing. */
  setStatus(status: SpanStatus): this;
  /** Renames the span. */
  updateName(name: string): this;
  /** Ends the span, now or at the given time; whatever comes later changes nothing. */
  end(endTime?: TimeInput): void;
  /** Whether anything told to this span is kept. */
  isRecording(): boolean;
  /** Adds an `exception` event (OpenTelemetry semantic conventions). */
  recordException(exception: Exception, time?: TimeInput): void;
}

/** Makes spans of one instrumentation scope. */
export interface Tracer {
  /** Starts a span that is not made active. */
  startSpan(name: string, options?: SpanOptions, context?: Context): Span;
  /** Starts a span and calls `fn` with it active; `fn` ends it. */
  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  /** Starts a span with options and calls `fn` with it active; `fn` ends it. */
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  /** Starts a span under `context` and calls `fn` with it active; `fn` ends it. */
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  /**
   * Calls `fn` with a new active span and ends it when `fn` returns or its promise
   * settles. An error is recorded, sets the status ERROR, and is thrown on unchanged.
   */
  withSpan<T>(name: string, fn: (span: Span) => T): T;
  /** The same, with options. */
  withSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
}

/** A value and what was said about it. */
export interface BaggageEntry {
  /** The value, decoded. */
  value: string;
  /** W3C properties as they stood, `key=value;key2`; of no meaning to anybody in between. */
  metadata?: BaggageMetadata;
}

/** The properties of a {@linkcode BaggageEntry}; the API marks its own with a symbol. */
// deno-lint-ignore no-explicit-any -- the API's marker is of a symbol type that only it can name
export type BaggageMetadata = { toString(): string } & { __TYPE__: any };

/** Immutable names and values that travel with the context. */
export interface Baggage {
  /** The entry under `key`. */
  getEntry(key: string): BaggageEntry | undefined;
  /** All keys and entries. */
  getAllEntries(): [string, BaggageEntry][];
  /** A copy in which `key` has `entry`. */
  setEntry(key: string, entry: BaggageEntry): Baggage;
  /** A copy without `key`. */
  removeEntry(key: string): Baggage;
  /** A copy without `keys`. */
  removeEntries(...keys: string[]): Baggage;
  /** A copy without any entry. */
  clear(): Baggage;
}

/**
 * The context that travels with the flow of execution: what it holds, which is active, and how
 * environment variables carry it from process to process (OpenTelemetry specification,
 * "Environment Variables as Context Propagation Carriers").
 *
 * It has the OpenTelemetry API's shape and keys, so that a context made here works in the
 * API and in Deno's context manager, and the other way round, without importing either.
 *
 * The active one, which the code running now belongs to across its awaits, is kept by the
 * context manager that the host has registered with the API, else by Deno's own. Deno's is left
 * alone until a context has to be made active, since the first touch of `Deno.telemetry` costs
 * a millisecond: the first span that is recorded touches it, and off only who makes a context
 * active.
 *
 * @module
 */
import type { ApiGlobals, ContextManager } from "./_state.ts";
import { processVariable, settings, state } from "./process.ts";
import type { Baggage, Context, Span, SpanContext } from "./types.ts";
import {
  createTraceState,
  formatBaggage,
  formatTraceparent,
  isSpanContextValid,
  parseBaggage,
  parseTraceparent,
} from "./w3c.ts";

/** Where the OpenTelemetry API keeps a context's span. */
export const SPAN_KEY: unique symbol = Symbol.for("OpenTelemetry Context Key SPAN");

/** Where the OpenTelemetry API keeps a context's baggage. */
export const BAGGAGE_KEY: unique symbol = Symbol.for("OpenTelemetry Baggage Key");

/**
 * Span and baggage have fields of their own: nearly every context holds only these, and a
 * new one then costs one object and no copy of a map.
 */
class ImmutableContext implements Context {
  readonly #span: unknown;
  readonly #baggage: unknown;
  readonly #others: ReadonlyMap<symbol, unknown> | undefined;

  constructor(span?: unknown, baggage?: unknown, others?: ReadonlyMap<symbol, unknown>) {
    this.#span = span;
    this.#baggage = baggage;
    this.#others = others;
  }

  getValue(key: symbol): unknown {
    if (key === SPAN_KEY) return this.#span;
    if (key === BAGGAGE_KEY) return this.#baggage;
    return this.#others?.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === SPAN_KEY) return new ImmutableContext(value, this.#baggage, this.#others);
    if (key === BAGGAGE_KEY) return new ImmutableContext(this.#span, value, this.#others);
    return new ImmutableContext(
      this.#span,
      this.#baggage,
      new Map(this.#others).set(key, value),
    );
  }

  deleteValue(key: symbol): Context {
    if (key === SPAN_KEY || key === BAGGAGE_KEY) return this.setValue(key, undefined);
    const others = new Map(this.#others);
    others.delete(key);
    return new ImmutableContext(this.#span, this.#baggage, others);
  }
}

/** The context without anything in it. */
export const rootContext: Context = new ImmutableContext();

/** A span that records nothing and only carries an identity. */
class NonRecordingSpan implements Span {
  readonly #spanContext: SpanContext;

  constructor(spanContext: SpanContext) {
    this.#spanContext = spanContext;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  end(): void {}

  isRecording(): boolean {
    return false;
  }

  recordException(): void {}
}

/** A span that records nothing and stands for `spanContext`, which may be of another process. */
export function nonRecordingSpan(spanContext: SpanContext): Span {
  return new NonRecordingSpan(spanContext);
}

/** The span in a context, recording or not, of whatever implementation. */
export function spanOf(context: Context): Span | undefined {
  return context.getValue(SPAN_KEY) as Span | undefined;
}

/** The identity of the span in a context, if there is one. It may be invalid. */
export function spanContextOf(context: Context): SpanContext | undefined {
  return spanOf(context)?.spanContext();
}

/** A copy of `context` in which `span` is the span. */
export function contextWithSpan(context: Context, span: Span): Context {
  return context.setValue(SPAN_KEY, span);
}

/** A copy of `context` in which a span that records nothing stands for `spanContext`. */
export function withSpanContext(context: Context, spanContext: SpanContext): Context {
  return context.setValue(SPAN_KEY, new NonRecordingSpan(spanContext));
}

const API: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** What the host has registered with the OpenTelemetry API, if anything. */
export function apiGlobals(): ApiGlobals | undefined {
  return (globalThis as { [API]?: ApiGlobals })[API];
}

/** What keeps the active context. The first touch of Deno's costs a millisecond. */
export function contextManager(): ContextManager {
  return apiGlobals()?.context ?? (state().manager ??= Deno.telemetry.contextManager);
}

/** The same, unless it is Deno's and has not been touched: then nothing of ours is active. */
function touchedManager(): ContextManager | undefined {
  return apiGlobals()?.context ?? state().manager;
}

/** The active context, exactly: empty where nothing was made active. */
export function activeContext(): Context {
  return touchedManager()?.active() ?? rootContext;
}

/** Calls `fn` with `context` active. */
export function runIn<A extends unknown[], R>(
  context: Context,
  fn: (...args: A) => R,
  ...args: A
): R {
  return contextManager().with(context, fn, undefined, ...args);
}

/**
 * Reads the context that a parent process left in environment variables: `TRACEPARENT` and
 * `TRACESTATE` ({@link https://www.w3.org/TR/trace-context-2/ | W3C Trace Context}) and
 * `BAGGAGE` ({@link https://www.w3.org/TR/baggage/ | W3C Baggage}), by the names that
 * OpenTelemetry's environment variable carrier prescribes: upper case only.
 *
 * What is malformed is dropped as these specifications say, and nothing is thrown: with a bad
 * `TRACEPARENT` there is no parent, so that a span started under the result begins a new
 * trace; a bad `TRACESTATE` is dropped whole; of `BAGGAGE` the bad members are. Which formats
 * are read is `OTEL_PROPAGATORS` of this process (`tracecontext`, `baggage`, `none`).
 *
 * A process usually does this once, at its start. Spans of `getTracer` need no help: they
 * have this context as their parent where nothing else is active.
 *
 * @param env The variables; by default those of this process, as far as it may read them
 * without a prompt.
 * @returns A context with a remote span that records nothing and with baggage, each only
 * where there is one. The OpenTelemetry API takes it as its own.
 *
 * @example Continue the trace of whoever started this process
 * ```ts
 * import { extractEnv, getTracer } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const context = extractEnv({
 *   TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 * });
 * const span = getTracer("my.module").startSpan("work", {}, context);
 * assertEquals(span.spanContext().traceId, "0af7651916cd43dd8448eb211c80319c");
 * span.end();
 * ```
 */
export function extractEnv(env?: Readonly<Record<string, string>>): Context {
  const read = (name: string): string => (env ? env[name] : processVariable(name)) ?? "";
  const { propagators } = settings();
  let context = rootContext;
  const parent = propagators.has("tracecontext") && parseTraceparent(read("TRACEPARENT"));
  if (parent) {
    const traceState = createTraceState(read("TRACESTATE"));
    const known = traceState.serialize() === "" ? parent : { ...parent, traceState };
    context = withSpanContext(context, known);
  }
  const baggage = propagators.has("baggage") && parseBaggage(read("BAGGAGE"));
  return baggage ? context.setValue(BAGGAGE_KEY, baggage) : context;
}

/** The names that belong to the context, whoever wrote them and in whatever case. */
const CONTEXT_NAMES: ReadonlySet<string> = new Set(["TRACEPARENT", "TRACESTATE", "BAGGAGE"]);

/**
 * Copies environment variables for a child process and puts a context into the copy, as
 * `TRACEPARENT`, `TRACESTATE` ({@link https://www.w3.org/TR/trace-context-2/ | W3C Trace
 * Context}) and `BAGGAGE` ({@link https://www.w3.org/TR/baggage/ | W3C Baggage}).
 *
 * Variables of these names that the copy inherited are dropped first, in any case (some
 * programs read `traceparent` before `TRACEPARENT`), so that the child gets one whole context
 * or none; what would be empty is not set. At most 512 characters of `TRACESTATE`, and 64
 * members and 8,192 bytes of `BAGGAGE` are passed on, whole members only. Which formats are
 * written is `OTEL_PROPAGATORS` of this process (`tracecontext`, `baggage`, `none`).
 *
 * Other users of a machine may be able to see a process's variables: baggage is no place for
 * secrets. `launchEngine` does all this itself.
 *
 * @param env The variables to copy, such as `Deno.env.toObject()`. They are not changed.
 * @param context What to pass on. @default {the active context, else the one that this process was started under}
 * @returns A copy of `env` with the context.
 *
 * @example Start a child under the active span
 * ```ts
 * import { extractEnv, injectEnv } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const context = extractEnv({
 *   TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 * });
 * const env = injectEnv({ HOME: "/home/me", traceparent: "of somebody else" }, context);
 * assertEquals(env, {
 *   HOME: "/home/me",
 *   TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 * });
 * // new Deno.Command("engine", { clearEnv: true, env })
 * ```
 */
export function injectEnv(
  env: Readonly<Record<string, string>>,
  context: Context = ambientContext(),
): Record<string, string> {
  const inherited = Object.entries(env).filter(([name]) => !CONTEXT_NAMES.has(name.toUpperCase()));
  const copy: Record<string, string> = Object.fromEntries(inherited);
  const { propagators } = settings();
  const span = propagators.has("tracecontext") ? spanContextOf(context) : undefined;
  if (span !== undefined && isSpanContextValid(span)) {
    copy.TRACEPARENT = formatTraceparent(span);
    // Read again by our rules, since it may be of another implementation.
    const traceState = createTraceState(span.traceState?.serialize()).serialize();
    if (traceState !== "") copy.TRACESTATE = traceState;
  }
  const baggage = context.getValue(BAGGAGE_KEY) as Baggage | undefined;
  if (baggage !== undefined && propagators.has("baggage")) {
    const value = formatBaggage(baggage);
    if (value !== "") copy.BAGGAGE = value;
  }
  return copy;
}

/** The context that this process was started under: by the pipe above it, or the environment. */
export function inboundContext(): Context {
  return state().inbound ??= extractEnv();
}

/**
 * The context that a new span, or a child process, belongs to where none is given: the
 * active one and, where no span is active, with the span and baggage that this process was
 * started under.
 *
 * @param manager What keeps the active context; by default one that has been touched.
 */
export function ambientContext(manager: ContextManager | undefined = touchedManager()): Context {
  const active = manager?.active() ?? rootContext;
  if (spanOf(active) !== undefined) return active;
  const inbound = inboundContext();
  const span = spanOf(inbound);
  const baggage = active.getValue(BAGGAGE_KEY) ?? inbound.getValue(BAGGAGE_KEY);
  const context = span === undefined ? active : contextWithSpan(active, span);
  return baggage === undefined ? context : context.setValue(BAGGAGE_KEY, baggage);
}

/** The identity of the span that this process was started under. */
export function inboundSpanContext(): SpanContext | undefined {
  return spanOf(inboundContext())?.spanContext();
}

/**
 * `getTracer`: spans for one module.
 *
 * @module
 */
import type { ApiGlobals, HostProvider, HostTracer, State } from "./_state.ts";
import {
  activeContext,
  ambientContext,
  apiGlobals,
  contextManager,
  contextWithSpan,
  nonRecordingSpan,
  runIn,
  spanContextOf,
  spanOf,
} from "./context.ts";
import { settings } from "./process.ts";
import type { RecordScope } from "./record.ts";
import { isSampled } from "./settings.ts";
import { currentIdentity, isWanted, onStart, sink } from "./sink.ts";
import { RecordingSpan } from "./span.ts";
import type { Context, Exception, Span, SpanContext, SpanOptions, Tracer } from "./types.ts";
import { isSpanContextValid, randomSpanId, randomTraceId } from "./w3c.ts";

/** What stands for a span where there is none: its identity is the invalid one. */
const NO_SPAN: Span = nonRecordingSpan({
  traceId: "0".repeat(32),
  spanId: "0".repeat(16),
  traceFlags: 0,
});

/**
 * Whether the host's tracer is at work: if its provider was built on this very tracer, it
 * comes back here, and must not be asked again.
 */
let hosting = false;

class ScopedTracer implements Tracer {
  readonly #scope: RecordScope;
  #provider: HostProvider | undefined = undefined;
  #hostTracer: HostTracer | undefined = undefined;

  constructor(scope: RecordScope) {
    this.#scope = scope;
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const shared = sink();
    const api = apiGlobals();
    if (isOff(shared, api)) {
      return context === undefined && isIdle(shared, api) && !options?.root
        ? shared.offSpan ?? NO_SPAN
        : offSpan(shared, options, context);
    }
    const base = context ?? ambientContext(contextManager());
    return this.#start(shared, name, options, base, context !== undefined);
  }

  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    ...args: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
  ): ReturnType<F>;
  startActiveSpan(
    name: string,
    a: SpanOptions | ((span: Span) => unknown),
    b?: Context | ((span: Span) => unknown),
    c?: (span: Span) => unknown,
  ): unknown {
    if (typeof a === "function") return this.#run(name, undefined, undefined, a);
    if (typeof b === "function") return this.#run(name, a, undefined, b);
    return this.#run(name, a, b, c as (span: Span) => unknown);
  }

  withSpan<T>(name: string, fn: (span: Span) => T): T;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  withSpan<T>(
    name: string,
    options: SpanOptions | ((span: Span) => T),
    fn?: (span: Span) => T,
  ): T {
    return typeof options === "function"
      ? this.#run(name, undefined, undefined, options, true)
      : this.#run(name, options, undefined, fn as (span: Span) => T, true);
  }

  /** Calls `fn` with a new span active, and sees to the span's end if `ends`. */
  #run<T>(
    name: string,
    options: SpanOptions | undefined,
    context: Context | undefined,
    fn: (span: Span) => T,
    ends = false,
  ): T {
    const shared = sink();
    const api = apiGlobals();
    if (isOff(shared, api)) {
      if (context === undefined && isIdle(shared, api) && !options?.root) {
        return fn(shared.offSpan ?? NO_SPAN);
      }
      return runOff(shared, options, context, fn);
    }
    const base = context ?? ambientContext(contextManager());
    const span = this.#start(shared, name, options, base, context !== undefined);
    const inner = contextWithSpan(base, span);
    return ends ? runIn(inner, endAfter, span, fn) as T : runIn(inner, fn, span);
  }

  #start(
    shared: State,
    name: string,
    options: SpanOptions | undefined,
    context: Context,
    explicit: boolean,
  ): Span {
    if (!shared.wanted) {
      const provider = apiGlobals()?.trace;
      if (provider !== undefined && !hosting) {
        return this.#startHost(provider, name, options, context);
      }
    }
    const parent = options?.root ? undefined : parentIn(shared, context);
    const traceId = parent?.traceId ?? randomTraceId();
    const sampled = isSampled(settings().sampler, traceId, parent);
    const identity: SpanContext = { traceId, spanId: randomSpanId(), traceFlags: sampled ? 1 : 0 };
    if (parent?.traceState) identity.traceState = parent.traceState;
    if (shared.wanted ? !isWanted(shared) : !sampled) return nonRecordingSpan(identity);
    const span = new RecordingSpan(name, options, {
      identity,
      parent,
      detached: explicit || options?.root === true,
      scope: this.#scope,
    });
    if (shared.wanted) onStart(span, options?.startTime !== undefined);
    return span;
  }

  /** Starts a span of the host's. Its tracer is asked for again only when it changes. */
  #startHost(
    provider: HostProvider,
    name: string,
    options: SpanOptions | undefined,
    context: Context,
  ): Span {
    hosting = true;
    try {
      if (provider !== this.#provider || this.#hostTracer === undefined) {
        this.#hostTracer = provider.getTracer(this.#scope.name, this.#scope.version);
        this.#provider = provider;
      }
      return this.#hostTracer.startSpan(name, options, context);
    } finally {
      hosting = false;
    }
  }
}

/** Whether nobody wants a span that starts now. */
function isOff(shared: State, api: ApiGlobals | undefined): boolean {
  return !shared.wanted && !shared.exports && (api?.trace === undefined || hosting);
}

/** Whether nothing can be active: nobody has made a context active yet. */
function isIdle(shared: State, api: ApiGlobals | undefined): boolean {
  return api === undefined && shared.manager === undefined;
}

/** A span that only stands for the one that it would have been under. */
function offSpan(
  shared: State,
  options: SpanOptions | undefined,
  context: Context | undefined,
): Span {
  if (options?.root) return NO_SPAN;
  const span = spanOf(context ?? activeContext());
  if (span === undefined) return context === undefined ? shared.offSpan ?? NO_SPAN : NO_SPAN;
  // What is told to it must not end up on its parent.
  return span.isRecording() ? nonRecordingSpan(span.spanContext()) : span;
}

/** Calls `fn` where no span is made: its context still passes through. */
function runOff<T>(
  shared: State,
  options: SpanOptions | undefined,
  context: Context | undefined,
  fn: (span: Span) => T,
): T {
  const span = offSpan(shared, options, context);
  const base = context ?? activeContext();
  const isActive = context === undefined && (spanOf(base) ?? shared.offSpan ?? NO_SPAN) === span;
  return isActive ? fn(span) : runIn(contextWithSpan(base, span), fn, span);
}

/** The parent that was last found valid: looking at the digits costs as much as the span. */
let validParent: SpanContext | undefined;

/** The identity of the span in a context, where it is one that can be a parent. */
function parentIn(shared: State, context: Context): SpanContext | undefined {
  const identity = spanContextOf(context);
  if (identity === undefined) return undefined;
  if (identity !== validParent) {
    if (!isSpanContextValid(identity)) return undefined;
    validParent = identity;
  }
  return shared.renamed.size > 0 ? currentIdentity(identity) : identity;
}

/** Calls `fn` and ends the span with what comes of it, which passes through unchanged. */
function endAfter<T>(span: Span, fn: (span: Span) => T): T | Promise<unknown> {
  let result: T;
  try {
    result = fn(span);
  } catch (error) {
    fail(span, error);
    throw error;
  }
  if (!isThenable(result)) {
    span.end();
    return result;
  }
  return Promise.resolve(result).then((value) => {
    span.end();
    return value;
  }, (error) => {
    fail(span, error);
    throw error;
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    "then" in value && typeof value.then === "function";
}

/** Ends a span with an error, which can be anything. */
function fail(span: Span, error: unknown): void {
  try {
    span.recordException(error as Exception);
    const message = error instanceof Error ? error.message : String(error);
    span.setStatus({ code: 2, message });
  } catch {
    span.setStatus({ code: 2 }); // it cannot even be looked at
  }
  span.end();
}

/**
 * A tracer for one module, to be got at module level like a logger. Getting it reads
 * nothing; where its spans go is looked up when they start.
 *
 * @param name The instrumentation scope: the module's or package's name.
 * @param version The module's version.
 * @returns A tracer of the OpenTelemetry API's shape, with {@linkcode Tracer.withSpan}.
 *
 * @example Trace a function
 * ```ts
 * import { getTracer } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const tracer = getTracer("my.module", "1.0.0");
 *
 * const bytes = await tracer.withSpan("load weights", async (span) => {
 *   const weights = await Promise.resolve(new Uint8Array(16));
 *   span.setAttribute("bytes", weights.length);
 *   return weights.length;
 * });
 * assertEquals(bytes, 16);
 * ```
 */
export function getTracer(name: string, version?: string): Tracer {
  return new ScopedTracer(version === undefined ? { name } : { name, version });
}

/**
 * A phase of the engine's start, as a span.
 *
 * @module
 */
import type { Context, Exception, Span, SpanOptions, Tracer } from "../trace/types.ts";

/**
 * Runs `fn` as a phase: a span under `parent` that ends when `fn` has, with its error.
 *
 * @param end Ends the span of an `fn` that did not fail. @default {at once}
 *
 * It is not made active, as `withSpan` would make it: the first touch of Deno's context manager
 * takes a millisecond, which every start would wait for in each of its processes.
 */
export async function tracePhase<T>(
  tracer: Tracer,
  parent: Context,
  [name, options]: [name: string, options: SpanOptions],
  fn: (span: Span) => T | Promise<T>,
  end: (span: Span) => void = (span) => span.end(),
): Promise<T> {
  const span = tracer.startSpan(name, options, parent);
  let result: T;
  try {
    result = await fn(span);
  } catch (error) {
    span.recordException(error as Exception);
    span.setStatus({ code: 2, message: error instanceof Error ? error.message : String(error) });
    span.end();
    throw error;
  }
  end(span);
  return result;
}

/**
 * Tells of the phases that were over before the launcher was connected: from the runtime's start
 * to the program's first line, and from there to the connection.
 *
 * @param booted When the first line ran, as `performance.now()` has it.
 * @param connected When the connection was there.
 */
export function traceConnection(
  tracer: Tracer,
  parent: Context,
  booted: number,
  connected: number = performance.now(),
): void {
  const phase = (phase: string) => ({ attributes: { "coldtrace.phase": phase } });
  tracer.startSpan("runtime boot", { startTime: 0, ...phase("boot") }, parent).end(booted);
  tracer.startSpan("connect launcher", { startTime: booted, ...phase("connect") }, parent)
    .end(connected);
}

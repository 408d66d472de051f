/**
 * The context as it goes down a channel: in W3C's formats, whatever `OTEL_PROPAGATORS` says of
 * what goes by the environment, since without it the spans that come up would be of no trace. The
 * baggage is left to that variable: it is what programs tell each other.
 *
 * @module
 */
import { extractEnv, injectEnv, spanContextOf, withSpanContext } from "../trace/context.ts";
import type { Context } from "../trace/types.ts";
import { createTraceState, formatTraceparent, parseTraceparent } from "../trace/w3c.ts";

/** The fields of the line that hold a context. */
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

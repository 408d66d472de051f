/**
 * Spans that are records from the beginning: those of a start, which the tracer's sampling to
 * "off" must not lose, and whose times and ends come from outside.
 *
 * @module
 */
import { spanContextOf, withSpanContext } from "./context.ts";
import { processResource, settings, unixNano } from "./process.ts";
import type { RecordAttributes, RecordScope, SpanRecord } from "./record.ts";
import { isSampled } from "./settings.ts";
import type { Context, SpanContext } from "./types.ts";
import { isSpanContextValid, randomSpanId, randomTraceId } from "./w3c.ts";

/** OTLP's number for an internal span. */
const INTERNAL = 1;
/** W3C's flag that a trace id is random, which goes on; the other bits are reserved. */
const RANDOM = 0x02;
/** OTLP span flags: it is known whether the parent is remote, and it is. */
const REMOTE_KNOWN = 0x100;
const REMOTE = 0x200;

/**
 * Begins a span of this process now, as an open record.
 *
 * @param name What is done.
 * @param parent The context whose span is the parent; without one, a new trace begins, which
 * the configured sampler may leave unsampled.
 * @returns The record.
 */
export function newRecord(
  name: string,
  parent: Context,
  { scope, attributes = {} }: { scope: RecordScope; attributes?: RecordAttributes },
): SpanRecord {
  const above = validSpanContext(parent);
  const traceId = above?.traceId ?? randomTraceId();
  const sampled = isSampled(settings().sampler, traceId, above) ? 1 : 0;
  const traceState = above?.traceState?.serialize();
  return {
    traceId,
    spanId: randomSpanId(),
    ...(above && { parentSpanId: above.spanId }),
    ...(traceState && { traceState }),
    flags: ((above?.traceFlags ?? 0) & RANDOM) | sampled | REMOTE_KNOWN |
      (above?.isRemote ? REMOTE : 0),
    name,
    kind: INTERNAL,
    startTimeUnixNano: unixNano(),
    attributes,
    status: { code: 0 },
    resource: processResource(),
    scope,
  };
}

/** The context in which a record's span is the parent; the rest is `parent`'s. */
export function contextOfRecord(record: SpanRecord, parent: Context): Context {
  const { traceId, spanId, flags } = record;
  const traceState = validSpanContext(parent)?.traceState;
  return withSpanContext(parent, {
    traceId,
    spanId,
    traceFlags: flags & 0xff,
    ...(traceState && { traceState }),
  });
}

/** A copy of a record that ends at `time`, or where it began if that is later: clocks differ. */
export function endedAt(record: SpanRecord, time: bigint): SpanRecord {
  const { startTimeUnixNano } = record;
  return { ...record, endTimeUnixNano: time < startTimeUnixNano ? startTimeUnixNano : time };
}

function validSpanContext(context: Context): SpanContext | undefined {
  const spanContext = spanContextOf(context);
  return spanContext && isSpanContextValid(spanContext) ? spanContext : undefined;
}

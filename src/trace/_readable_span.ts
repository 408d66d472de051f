/**
 * A record as the SDK's `ReadableSpan`.
 *
 * The two functions run in the exporter's thread, by their text (`otel.ts`): they can use
 * each other and what they are given, and nothing else.
 *
 * @module
 */
import type { RecordAttributes, RecordValue, SpanRecord } from "./record.ts";

/** `ReadableSpan` of `@opentelemetry/sdk-trace-base` 2.12, as far as the exporters read it. */
export interface ReadableSpan {
  readonly [key: string]: unknown;
  /** Ids and flags. */
  spanContext(): { readonly traceFlags: number };
}

/**
 * A value that the exporters pass on as it is. Their serializers know `number` alone, so an
 * integer beyond 2^53 goes as a string of its digits; and in JSON, what is no number there (or
 * no 64-bit integer, as which they write it) goes as a string too: a collector would refuse the
 * whole request for it.
 */
export function exportableValue(value: RecordValue, json: boolean): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (typeof value === "number") {
    const fits = Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) < 2 ** 63);
    return !json || fits ? value : String(value);
  }
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => exportableValue(item, json));
  return exportableAttributes(value as RecordAttributes, json);
}

/** The same for all attributes of something. */
export function exportableAttributes(
  attributes: RecordAttributes | undefined,
  json: boolean,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key in attributes) result[key] = exportableValue(attributes[key] ?? null, json);
  return result;
}

/**
 * The SDK's view of `record`, which has ended. `resource` and `scope` are shared by the spans that
 * belong together: the exporters group by identity.
 */
export function readableSpan(
  record: SpanRecord,
  resource: unknown,
  scope: unknown,
  json: boolean,
): ReadableSpan {
  const { traceId, parentSpanId, flags, status } = record;
  const time = (nano: bigint) => [Number(nano / 1_000_000_000n), Number(nano % 1_000_000_000n)];
  const context = (ids: SpanRecord | NonNullable<SpanRecord["links"]>[number]) => ({
    traceId: ids.traceId,
    spanId: ids.spanId,
    traceFlags: (ids.flags ?? 0) & 0xff,
    isRemote: ((ids.flags ?? 0) & 0x200) !== 0,
    traceState: ids.traceState ? { serialize: () => ids.traceState } : undefined,
  });
  const own = context(record);
  const startTime = time(record.startTimeUnixNano);
  const endTime = time(record.endTimeUnixNano ?? record.startTimeUnixNano);
  // The processor asks once, for the sampled bit, and would drop the span without it. Whoever
  // hands a record over has decided that already; the serializer then gets the true flags.
  let decided = false;
  return {
    name: record.name,
    kind: record.kind === 0 ? undefined : record.kind - 1,
    spanContext() {
      if (decided) return own;
      decided = true;
      return { ...own, traceFlags: own.traceFlags | 1 };
    },
    parentSpanContext: parentSpanId === undefined
      ? undefined
      : { traceId, spanId: parentSpanId, traceFlags: 1, isRemote: (flags & 0x200) !== 0 },
    startTime,
    endTime,
    status,
    attributes: exportableAttributes(record.attributes, json),
    links: (record.links ?? []).map((link) => ({
      context: context(link),
      attributes: exportableAttributes(link.attributes, json),
      droppedAttributesCount: link.droppedAttributesCount ?? 0,
    })),
    events: (record.events ?? []).map((event) => ({
      time: time(event.timeUnixNano),
      name: event.name,
      attributes: exportableAttributes(event.attributes, json),
      droppedAttributesCount: event.droppedAttributesCount ?? 0,
    })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: record.droppedAttributesCount ?? 0,
    droppedEventsCount: record.droppedEventsCount ?? 0,
    droppedLinksCount: record.droppedLinksCount ?? 0,
  };
}

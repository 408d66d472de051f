import type { RecordResource, RecordScope, SpanRecord } from "../../src/trace/record.ts";

const RESOURCE: RecordResource = { attributes: { "service.name": "coldtrace" } };
const SCOPE: RecordScope = { name: "coldtrace.test" };

/** An ended span, the `index`th of its trace. */
export function spanRecord(index: number, more: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId: (index + 1).toString(16).padStart(16, "0"),
    flags: 0x101,
    name: `span-${index}`,
    kind: 1,
    startTimeUnixNano: 1795429708052246749n + BigInt(index),
    endTimeUnixNano: 1795429708052265697n + BigInt(index),
    attributes: { "coldtrace.phase": "weights" },
    status: { code: 0 },
    resource: RESOURCE,
    scope: SCOPE,
    ...more,
  };
}

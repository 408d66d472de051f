import type { SpanRecord } from "../../src/trace/record.ts";
import { spanRecord } from "./_span.ts";

/** The root of a start, with more attributes. */
export function rootRecord(attributes: SpanRecord["attributes"] = {}): SpanRecord {
  return spanRecord(99, {
    name: "start",
    attributes: { "coldtrace.container": true, "coldtrace.engine": "test", ...attributes },
  });
}

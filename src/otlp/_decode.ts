import type { SpanRecord } from "../trace/record.ts";
import { flaw, isObject, objects } from "./_fields.ts";
import { type KnownParts, knownResource, knownScope } from "./_known_parts.ts";
import { parseJson } from "./_parse_json.ts";
import { decodeResource, decodeScope, decodeSpan } from "./_parts.ts";
import { scanTraces } from "./_scan.ts";

/**
 * Reads spans from one line of OTLP/JSON, leniently as a receiver must: unknown fields
 * are passed over, `null` is an absent value, 64-bit integers may be strings or numbers,
 * ids may have either case, base64 may be URL-safe or without padding, and enums may be names.
 *
 * @param line An OTLP `TracesData` (or `ExportTraceServiceRequest`, which is the same).
 * @param known Resources and scopes of earlier lines: spans of one resource share one
 * object across all lines decoded with the same map.
 * @param utf8 The same line as bytes, where they are at hand: it is read faster then.
 * @returns The spans in the order of the line; one without an end time is still open.
 * @throws {SyntaxError} If the line is not JSON.
 * @throws {TypeError} If it is JSON, but not OTLP/JSON traces.
 */
export function decodeTraces(
  line: string,
  known: KnownParts = new Map(),
  utf8: Uint8Array = new TextEncoder().encode(line),
): SpanRecord[] {
  return scanTraces(line, known, utf8) ?? decodeAny(line, known);
}

/** Reads a line whatever way it is written. */
function decodeAny(line: string, known: KnownParts): SpanRecord[] {
  const data = parseJson(line);
  if (!isObject(data) || (!("resourceSpans" in data) && Object.keys(data).length > 0)) {
    throw flaw("it", "an object with 'resourceSpans'", data);
  }
  const records: SpanRecord[] = [];
  for (const group of objects(data.resourceSpans, "resourceSpans")) {
    const ownResource = decodeResource(group);
    const resource = knownResource(known, ownResource);
    for (const part of objects(group.scopeSpans, "scopeSpans")) {
      const ownScope = decodeScope(part);
      const scope = knownScope(known, ownScope);
      for (const span of objects(part.spans, "spans")) {
        records.push(decodeSpan(span, resource, scope));
      }
    }
  }
  return records;
}

/**
 * Spans from OTLP/protobuf, what most engines send: the body of a request to a receiver
 * (opentelemetry-proto 1.x, `ExportTraceServiceRequest`).
 *
 * A record cannot hold everything that OTLP can: see `json.ts`, which makes the same records of the
 * same spans.
 *
 * @module
 */
import type {
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  SpanRecord,
} from "../trace/record.ts";
import { Attributes } from "./_protobuf_attributes.ts";
import { flaw, Message } from "./_protobuf_message.ts";

/**
 * Reads spans from OTLP/protobuf. Unknown fields are passed over; what is malformed, though it be
 * one id of a wrong length, makes the whole body an error, as in the OpenTelemetry Collector and
 * in our OTLP/JSON: no SDK sends it.
 *
 * @param bytes An OTLP `ExportTraceServiceRequest` (or `TracesData`, which is the same). Nothing
 * of the records refers to it.
 * @returns The spans in the order of the body; one without an end time is still open.
 * @throws {TypeError} If it is not that: cut off, of other wire types, with values nested more
 * than 100 deep, with more than a million messages, or with a span without ids.
 */
export function decodeTraces(bytes: Uint8Array): SpanRecord[] {
  const records: SpanRecord[] = [];
  const request = new Message(bytes);
  while (request.next()) {
    if (request.field === 1) decodeResourceSpans(request.message("resourceSpans"), records);
  }
  return records;
}

function decodeResourceSpans(group: Message, records: SpanRecord[]): void {
  // Fields come in any order: the spans refer to what is still filled.
  const resource: RecordResource = { attributes: {} };
  while (group.next()) {
    switch (group.field) {
      case 1:
        decodeResource(group.message("resource"), resource);
        break;
      case 2:
        decodeScopeSpans(group.message("scopeSpans"), resource, records);
        break;
      case 3: {
        const schemaUrl = group.text("resourceSpans.schemaUrl");
        if (schemaUrl !== "") resource.schemaUrl = schemaUrl;
      }
    }
  }
}

function decodeResource(message: Message, resource: RecordResource): void {
  const attributes = new Attributes(resource.attributes);
  while (message.next()) {
    if (message.field === 1) attributes.add(message.message("resource.attributes"));
    else if (message.field === 2) putDropped(resource, message, "resource");
  }
  resource.attributes = attributes.map();
}

function decodeScopeSpans(part: Message, resource: RecordResource, records: SpanRecord[]): void {
  const scope: RecordScope = { name: "" };
  while (part.next()) {
    switch (part.field) {
      case 1:
        decodeScope(part.message("scope"), scope);
        break;
      case 2:
        records.push(decodeSpan(part.message("spans"), resource, scope));
        break;
      case 3: {
        const schemaUrl = part.text("scopeSpans.schemaUrl");
        if (schemaUrl !== "") scope.schemaUrl = schemaUrl;
      }
    }
  }
}

function decodeScope(message: Message, scope: RecordScope): void {
  const attributes = new Attributes(scope.attributes);
  while (message.next()) {
    switch (message.field) {
      case 1:
        scope.name = message.text("scope.name");
        break;
      case 2: {
        const version = message.text("scope.version");
        if (version !== "") scope.version = version;
        break;
      }
      case 3:
        attributes.add(message.message("scope.attributes"));
        break;
      case 4:
        putDropped(scope, message, "scope");
    }
  }
  attributes.putInto(scope);
}

function decodeSpan(message: Message, resource: RecordResource, scope: RecordScope): SpanRecord {
  const span: SpanRecord = {
    traceId: "",
    spanId: "",
    flags: 0,
    name: "",
    kind: 0,
    startTimeUnixNano: 0n,
    attributes: {},
    status: { code: 0 },
    resource,
    scope,
  };
  const attributes = new Attributes();
  const events: RecordEvent[] = [];
  const links: RecordLink[] = [];
  while (message.next()) {
    switch (message.field) {
      case 1:
        span.traceId = message.optionalId("span.traceId", 16) ?? "";
        break;
      case 2:
        span.spanId = message.optionalId("span.spanId", 8) ?? "";
        break;
      case 3: {
        const traceState = message.text("span.traceState");
        if (traceState !== "") span.traceState = traceState;
        break;
      }
      case 4: {
        const parentSpanId = message.optionalId("span.parentSpanId", 8);
        if (parentSpanId !== undefined) span.parentSpanId = parentSpanId;
        break;
      }
      case 5:
        span.name = message.text("span.name");
        break;
      case 6:
        span.kind = message.uint32("span.kind");
        break;
      case 7:
        span.startTimeUnixNano = message.fixed64("span.startTimeUnixNano");
        break;
      case 8: {
        const end = message.fixed64("span.endTimeUnixNano");
        if (end > 0n) span.endTimeUnixNano = end;
        break;
      }
      case 9:
        attributes.add(message.message("span.attributes"));
        break;
      case 10:
        putDropped(span, message, "span");
        break;
      case 11:
        events.push(decodeEvent(message.message("span.events")));
        break;
      case 12: {
        const dropped = message.uint32("span.droppedEventsCount");
        if (dropped > 0) span.droppedEventsCount = dropped;
        break;
      }
      case 13:
        links.push(decodeLink(message.message("span.links")));
        break;
      case 14: {
        const dropped = message.uint32("span.droppedLinksCount");
        if (dropped > 0) span.droppedLinksCount = dropped;
        break;
      }
      case 15:
        decodeStatus(message.message("span.status"), span.status);
        break;
      case 16:
        span.flags = message.fixed32("span.flags");
    }
  }
  if (span.traceId === "") throw flaw("'span.traceId'", "16 bytes, not all zero");
  if (span.spanId === "") throw flaw("'span.spanId'", "8 bytes, not all zero");
  span.attributes = attributes.map();
  if (events.length > 0) span.events = events;
  if (links.length > 0) span.links = links;
  return span;
}

function decodeStatus(message: Message, status: SpanRecord["status"]): void {
  while (message.next()) {
    if (message.field === 2) {
      const text = message.text("status.message");
      if (text !== "") status.message = text;
    } else if (message.field === 3) {
      status.code = message.uint32("status.code");
    }
  }
}

function decodeEvent(message: Message): RecordEvent {
  const event: RecordEvent = { timeUnixNano: 0n, name: "" };
  const attributes = new Attributes();
  while (message.next()) {
    switch (message.field) {
      case 1:
        event.timeUnixNano = message.fixed64("event.timeUnixNano");
        break;
      case 2:
        event.name = message.text("event.name");
        break;
      case 3:
        attributes.add(message.message("event.attributes"));
        break;
      case 4:
        putDropped(event, message, "event");
    }
  }
  attributes.putInto(event);
  return event;
}

function decodeLink(message: Message): RecordLink {
  // The specification lets a link with attributes point nowhere.
  const link: RecordLink = { traceId: "0".repeat(32), spanId: "0".repeat(16) };
  const attributes = new Attributes();
  while (message.next()) {
    switch (message.field) {
      case 1:
        link.traceId = message.optionalId("link.traceId", 16) ?? link.traceId;
        break;
      case 2:
        link.spanId = message.optionalId("link.spanId", 8) ?? link.spanId;
        break;
      case 3: {
        const traceState = message.text("link.traceState");
        if (traceState !== "") link.traceState = traceState;
        break;
      }
      case 4:
        attributes.add(message.message("link.attributes"));
        break;
      case 5:
        putDropped(link, message, "link");
        break;
      case 6: {
        const flags = message.fixed32("link.flags");
        if (flags > 0) link.flags = flags;
      }
    }
  }
  attributes.putInto(link);
  return link;
}

function putDropped(part: { droppedAttributesCount?: number }, message: Message, name: string) {
  const dropped = message.uint32(`${name}.droppedAttributesCount`);
  if (dropped > 0) part.droppedAttributesCount = dropped;
}

import type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "../trace/record.ts";
import {
  array,
  boolean,
  bytes,
  double,
  enumeration,
  flaw,
  id,
  int64,
  isSet,
  type Json,
  object,
  objects,
  optionalId,
  text,
  time,
  uint32,
} from "./_fields.ts";

/** Protobuf's own limit; without one, a hostile line could exhaust the stack. */
const MAX_DEPTH = 100;
const SPAN_KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUS_CODES = ["UNSET", "OK", "ERROR"];

/** The resource of a `ResourceSpans`. */
export function decodeResource(group: Json): RecordResource {
  const json = object(group.resource, "resource");
  const resource: RecordResource = { attributes: attributes(json.attributes) };
  const dropped = uint32(json.droppedAttributesCount, "resource.droppedAttributesCount");
  if (dropped > 0) resource.droppedAttributesCount = dropped;
  const schemaUrl = text(group.schemaUrl, "resourceSpans.schemaUrl");
  if (schemaUrl !== "") resource.schemaUrl = schemaUrl;
  return resource;
}

/** The scope of a `ScopeSpans`. */
export function decodeScope(part: Json): RecordScope {
  const json = object(part.scope, "scope");
  const scope: RecordScope = { name: text(json.name, "scope.name") };
  const version = text(json.version, "scope.version");
  if (version !== "") scope.version = version;
  putDetails(scope, json, "scope");
  const schemaUrl = text(part.schemaUrl, "scopeSpans.schemaUrl");
  if (schemaUrl !== "") scope.schemaUrl = schemaUrl;
  return scope;
}

/** A span. */
export function decodeSpan(json: Json, resource: RecordResource, scope: RecordScope): SpanRecord {
  const status = object(json.status, "span.status");
  const span: SpanRecord = {
    traceId: id(json.traceId, "span.traceId", 32),
    spanId: id(json.spanId, "span.spanId", 16),
    flags: uint32(json.flags, "span.flags"),
    name: text(json.name, "span.name"),
    kind: enumeration(json.kind, "span.kind", "SPAN_KIND_", SPAN_KINDS),
    startTimeUnixNano: time(json.startTimeUnixNano, "span.startTimeUnixNano"),
    attributes: attributes(json.attributes),
    status: { code: enumeration(status.code, "status.code", "STATUS_CODE_", STATUS_CODES) },
    resource,
    scope,
  };
  const parentSpanId = optionalId(json.parentSpanId, "span.parentSpanId", 16);
  if (parentSpanId !== undefined) span.parentSpanId = parentSpanId;
  const traceState = text(json.traceState, "span.traceState");
  if (traceState !== "") span.traceState = traceState;
  const end = time(json.endTimeUnixNano, "span.endTimeUnixNano");
  if (end > 0n) span.endTimeUnixNano = end;
  const message = text(status.message, "status.message");
  if (message !== "") span.status.message = message;
  const droppedAttributes = uint32(json.droppedAttributesCount, "span.droppedAttributesCount");
  if (droppedAttributes > 0) span.droppedAttributesCount = droppedAttributes;
  const events = objects(json.events, "span.events").map(decodeEvent);
  if (events.length > 0) span.events = events;
  const droppedEvents = uint32(json.droppedEventsCount, "span.droppedEventsCount");
  if (droppedEvents > 0) span.droppedEventsCount = droppedEvents;
  const links = objects(json.links, "span.links").map(decodeLink);
  if (links.length > 0) span.links = links;
  const droppedLinks = uint32(json.droppedLinksCount, "span.droppedLinksCount");
  if (droppedLinks > 0) span.droppedLinksCount = droppedLinks;
  return span;
}

function decodeEvent(json: Json): RecordEvent {
  const event: RecordEvent = {
    timeUnixNano: time(json.timeUnixNano, "event.timeUnixNano"),
    name: text(json.name, "event.name"),
  };
  putDetails(event, json, "event");
  return event;
}

function decodeLink(json: Json): RecordLink {
  const link: RecordLink = {
    // The specification lets a link with attributes point nowhere.
    traceId: optionalId(json.traceId, "link.traceId", 32) ?? "0".repeat(32),
    spanId: optionalId(json.spanId, "link.spanId", 16) ?? "0".repeat(16),
  };
  const traceState = text(json.traceState, "link.traceState");
  if (traceState !== "") link.traceState = traceState;
  putDetails(link, json, "link");
  const flags = uint32(json.flags, "link.flags");
  if (flags > 0) link.flags = flags;
  return link;
}

/** Attributes and their dropped count, where there are any. */
function putDetails(part: RecordScope | RecordEvent | RecordLink, json: Json, name: string): void {
  const details = attributes(json.attributes);
  if (Object.keys(details).length > 0) part.attributes = details;
  const dropped = uint32(json.droppedAttributesCount, `${name}.droppedAttributesCount`);
  if (dropped > 0) part.droppedAttributesCount = dropped;
}

function attributes(json: unknown, depth = 0): RecordAttributes {
  const map: RecordAttributes = {};
  for (const entry of objects(json, "attributes")) {
    const key = text(entry.key, "attribute.key");
    const value = decodeValue(entry.value, depth);
    if (key === "__proto__") {
      Object.defineProperty(map, key, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else {
      map[key] = value;
    }
  }
  return map;
}

function decodeValue(json: unknown, depth: number): RecordValue {
  if (depth > MAX_DEPTH) throw flaw("attribute.value", `at most ${MAX_DEPTH} deep`);
  const any = object(json, "attribute.value");
  if (isSet(any.stringValue)) return text(any.stringValue, "stringValue");
  if (isSet(any.boolValue)) return boolean(any.boolValue);
  if (isSet(any.intValue)) {
    const int = int64(any.intValue, "intValue");
    return Number.isSafeInteger(Number(int)) ? Number(int) : int;
  }
  if (isSet(any.doubleValue)) return double(any.doubleValue);
  if (isSet(any.arrayValue)) {
    const { values } = object(any.arrayValue, "arrayValue");
    return array(values, "arrayValue.values").map((value) => decodeValue(value, depth + 1));
  }
  if (isSet(any.kvlistValue)) {
    return attributes(object(any.kvlistValue, "kvlistValue").values, depth + 1);
  }
  if (isSet(any.bytesValue)) return bytes(any.bytesValue);
  return null;
}

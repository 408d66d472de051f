/**
 * The lines of the protocol between a launcher and its engine: one JSON object a line,
 * `coldtrace` first, with records as JSON can hold them. By kind:
 *
 * - down `context`: `traceparent`, `tracestate`, `baggage`, and the `name` of the process
 * - up `hello`: `pid`, `timeOrigin`, `resource`; of each process, before its spans
 * - up `start`, `end`: the `pid` of the process, and its `span`; a launcher in between passes the
 *   line on as it is
 * - up `ready`: `time`, `attributes`
 * - up `group`: `pid` of a process below that leads a group, `alive` (false: no longer)
 * - both ways `core`: `message`
 *
 * @module
 */
import type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "../trace/record.ts";
import { joined, PREFIX } from "./_line_reader.ts";

/** The longest line that goes up, newline included: what a pipe takes whole (`PIPE_BUF`). */
export const UP_LIMIT = 4096;
/** The longest line that comes down, newline included: a request of the core can be long. */
export const DOWN_LIMIT: number = 16 * 1024 * 1024;

/** A message of the protocol. */
export interface Message extends JsonObject {
  /** Its kind. */
  coldtrace: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One line of the protocol, whatever its length. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(message) + "\n");
}

/** The line of a message of one's own; a {@linkcode RangeError} where it is longer than `limit`. */
export function encodeCore(
  message: Record<string, unknown>,
  limit: number,
): Uint8Array<ArrayBuffer> {
  const line = encodeMessage({ coldtrace: "core", message: message as JsonObject });
  if (line.length <= limit) return line;
  throw new RangeError(
    `Cannot send message as its line must be at most ${limit} bytes: current value is ${line.length}`,
  );
}

/** The kind of a line that tells of a span, by how it begins; of any other, nothing. */
export function spanKindOf(line: Uint8Array): "start" | "end" | undefined {
  const kind = decoder.decode(line.subarray(PREFIX.length, PREFIX.length + 6));
  return kind === 'start"' ? "start" : kind.startsWith('end"') ? "end" : undefined;
}

/** The message that a line holds, if it is one. */
export function decodeMessage(line: Uint8Array): Message | undefined {
  try {
    // Only an object can begin as the reader has seen this line begin.
    return JSON.parse(decoder.decode(line)) as Message;
  } catch {
    return undefined;
  }
}

/** The line that tells of a span that started or ended in the process `pid`, by default this one. */
export function encodeSpan(
  coldtrace: "start" | "end",
  record: SpanRecord,
  pid: number = Deno.pid,
): Uint8Array<ArrayBuffer> {
  const span = spanToWire(record);
  const message = { coldtrace, pid, span };
  const line = encodeFitting(message, () => [
    ...attributeParts(span),
    ...attributeParts(span.scope),
    ...memberParts(span, "events", "droppedEventsCount"),
    ...memberParts(span, "links", "droppedLinksCount"),
  ]);
  if (line.length <= UP_LIMIT) return line;
  // What is left is names, which are never as long unless somebody means it.
  delete span.traceState;
  delete span.scope.version;
  delete span.scope.schemaUrl;
  span.name = cut(span.name, 200);
  span.scope.name = cut(span.scope.name, 100);
  if (span.status.message) span.status.message = cut(span.status.message, 200);
  return encodeMessage(message);
}

/** The beginning of a text, no more than `length` long, and no half of a character at its end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

/** The line by which a process shows itself; `timeOrigin` is when it started. */
export function encodeHello(
  hello: { pid: number; timeOrigin: bigint; resource: RecordResource },
): Uint8Array<ArrayBuffer> {
  const resource = resourceToWire(hello.resource);
  const { pid } = hello;
  const message = { coldtrace: "hello", pid, timeOrigin: String(hello.timeOrigin), resource };
  return encodeFitting(message, () => attributeParts(resource));
}

/** The lines that tell of a span that was made here: of which process it is, and the span. */
export function encodeStarted(record: SpanRecord): Uint8Array {
  const { resource, startTimeUnixNano: timeOrigin } = record;
  const pid = Number(resource.attributes["process.pid"] ?? Deno.pid);
  return joined([encodeHello({ pid, timeOrigin, resource }), encodeSpan("start", record, pid)]);
}

/** The line by which an engine says that it is ready. */
export function encodeReady(
  time: bigint,
  attributes: RecordAttributes,
): Uint8Array<ArrayBuffer> {
  const message = { coldtrace: "ready", time: String(time), ...attributesToWire({ attributes }) };
  return encodeFitting(message, () => attributeParts(message));
}

/** Something that a line can do without. */
interface Part {
  readonly size: number;
  drop(): void;
}

/**
 * A line of at most {@linkcode UP_LIMIT} bytes, if that can be reached by leaving out attributes
 * (and events and links), which are counted as dropped. The largest go first.
 */
function encodeFitting(message: Message, partsOf: () => Part[]): Uint8Array<ArrayBuffer> {
  let line = encodeMessage(message);
  if (line.length <= UP_LIMIT) return line;
  const parts = partsOf().sort((a, b) => b.size - a.size);
  while (line.length > UP_LIMIT && parts.length > 0) {
    // As many at once as it takes; the counters need some room too.
    for (let over = line.length - UP_LIMIT + 32; over > 0 && parts.length > 0;) {
      const largest = parts.shift();
      largest?.drop();
      over -= largest?.size ?? 0;
    }
    line = encodeMessage(message);
  }
  return line;
}

function attributeParts(holder: JsonObject): Part[] {
  const attributes = (holder.attributes ?? {}) as JsonObject;
  return Object.entries(attributes).map(([key, value]) => ({
    size: sizeOf([key, value ?? null]),
    drop: () => {
      delete attributes[key];
      count(holder, "droppedAttributesCount");
    },
  }));
}

/** The members of a list, and their attributes. */
function memberParts(span: JsonObject, list: "events" | "links", counter: string): Part[] {
  const members = (span[list] ?? []) as JsonObject[];
  return members.flatMap((member) => [
    ...attributeParts(member),
    {
      size: sizeOf({ ...member, attributes: undefined }),
      drop: () => {
        members.splice(members.indexOf(member), 1);
        count(span, counter);
      },
    },
  ]);
}

function count(holder: JsonObject, counter: string): void {
  holder[counter] = Number(holder[counter] ?? 0) + 1;
}

function sizeOf(json: Json): number {
  return encoder.encode(JSON.stringify(json)).length;
}

/** Anything that JSON has. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** An object of JSON. */
export type JsonObject = { [key: string]: Json | undefined };

/** A span on the wire: the record without its resource; times are decimal strings. */
export interface WireSpan extends JsonObject {
  name: string;
  attributes?: JsonObject;
  droppedAttributesCount?: number;
  scope: JsonObject & { name: string };
  status: { code: number; message?: string };
}

/** A record as JSON can hold it. */
export function spanToWire(record: SpanRecord): WireSpan {
  return {
    traceId: record.traceId,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    traceState: record.traceState,
    flags: record.flags,
    name: record.name,
    kind: record.kind,
    start: String(record.startTimeUnixNano),
    end: record.endTimeUnixNano === undefined ? undefined : String(record.endTimeUnixNano),
    ...attributesToWire(record),
    events: record.events?.map((event) => ({
      time: String(event.timeUnixNano),
      name: event.name,
      ...attributesToWire(event),
    })),
    droppedEventsCount: record.droppedEventsCount,
    links: record.links?.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      traceState: link.traceState,
      flags: link.flags,
      ...attributesToWire(link),
    })),
    droppedLinksCount: record.droppedLinksCount,
    status: { ...record.status },
    scope: {
      name: record.scope.name,
      version: record.scope.version,
      schemaUrl: record.scope.schemaUrl,
      ...attributesToWire(record.scope),
    },
  };
}

/** A resource as JSON can hold it. */
export function resourceToWire(resource: RecordResource): JsonObject {
  return { schemaUrl: resource.schemaUrl, ...attributesToWire(resource) };
}

/**
 * The record that a line tells of.
 *
 * @throws {TypeError} If it is not a span.
 */
export function spanFromWire(wire: Json | undefined, resource: RecordResource): SpanRecord {
  const span = objectOf(wire);
  const record: SpanRecord = {
    traceId: idOf(span.traceId, 32),
    spanId: idOf(span.spanId, 16),
    flags: countOf(span.flags),
    name: textOf(span.name),
    kind: countOf(span.kind),
    startTimeUnixNano: timeOf(span.start),
    attributes: attributesFromWire(span.attributes),
    status: statusFromWire(objectOf(span.status)),
    resource,
    scope: scopeFromWire(objectOf(span.scope)),
  };
  // One by one, and only what is there: an absent property is not one that is `undefined`. There
  // are many lines in the middle of a start, each of which is read by code that is still cold.
  if (span.parentSpanId) record.parentSpanId = idOf(span.parentSpanId, 16);
  if (span.traceState) record.traceState = textOf(span.traceState);
  if (span.end) record.endTimeUnixNano = timeOf(span.end);
  if (span.events) record.events = arrayOf(span.events).map(eventFromWire);
  if (span.links) record.links = arrayOf(span.links).map(linkFromWire);
  if (span.droppedAttributesCount) {
    record.droppedAttributesCount = countOf(span.droppedAttributesCount);
  }
  if (span.droppedEventsCount) record.droppedEventsCount = countOf(span.droppedEventsCount);
  if (span.droppedLinksCount) record.droppedLinksCount = countOf(span.droppedLinksCount);
  return record;
}

function statusFromWire({ code, message }: JsonObject): SpanRecord["status"] {
  const status: SpanRecord["status"] = { code: countOf(code) };
  if (message) status.message = textOf(message);
  return status;
}

function scopeFromWire(wire: JsonObject): RecordScope {
  const scope: RecordScope = { name: textOf(wire.name) };
  if (wire.version) scope.version = textOf(wire.version);
  if (wire.schemaUrl) scope.schemaUrl = textOf(wire.schemaUrl);
  if (wire.attributes) scope.attributes = attributesFromWire(wire.attributes);
  if (wire.droppedAttributesCount) {
    scope.droppedAttributesCount = countOf(wire.droppedAttributesCount);
  }
  return scope;
}

/**
 * The resource that a line tells of.
 *
 * @throws {TypeError} If it is not a resource.
 */
export function resourceFromWire(wire: Json | undefined): RecordResource {
  const { attributes, droppedAttributesCount, schemaUrl } = objectOf(wire);
  const resource: RecordResource = { attributes: attributesFromWire(attributes ?? {}) };
  if (droppedAttributesCount) resource.droppedAttributesCount = countOf(droppedAttributesCount);
  if (schemaUrl) resource.schemaUrl = textOf(schemaUrl);
  return resource;
}

/**
 * Attributes that a line tells of.
 *
 * @throws {TypeError} If they are not attributes.
 */
export function attributesFromWire(wire: Json | undefined): RecordAttributes {
  // fromEntries, since an assignment to `__proto__` would not make an attribute.
  return Object.fromEntries(
    Object.entries(objectOf(wire)).map(([key, value]) => [key, valueFromWire(value)]),
  );
}

/** Attributes as JSON can hold them. */
export function attributesToWire(
  of: { attributes?: RecordAttributes; droppedAttributesCount?: number },
): { attributes?: JsonObject; droppedAttributesCount?: number } {
  const { attributes, droppedAttributesCount } = of;
  return {
    ...(attributes && {
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, valueToWire(value)]),
      ),
    }),
    ...(droppedAttributesCount ? { droppedAttributesCount } : {}),
  };
}

/** What JSON has no word for is an object with one key, which says what it is. */
function valueToWire(value: RecordValue): Json {
  switch (typeof value) {
    case "bigint":
      return { int: String(value) };
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { double: Object.is(value, -0) ? "-0" : String(value) };
    case "object":
      if (value === null) return null;
      if (value instanceof Uint8Array) return { bytes: value.toBase64() };
      if (Array.isArray(value)) return value.map(valueToWire);
      return {
        map: Object.fromEntries(
          Object.entries(value).map(([key, inner]) => [key, valueToWire(inner)]),
        ),
      };
    default:
      return value;
  }
}

function valueFromWire(value: Json | undefined): RecordValue {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(valueFromWire);
  if (typeof value.int === "string" && /^-?\d{1,20}$/.test(value.int)) return BigInt(value.int);
  if (typeof value.double === "string") return Number(value.double);
  if (typeof value.bytes === "string") return Uint8Array.fromBase64(value.bytes);
  if (value.map !== undefined) return attributesFromWire(value.map);
  throw new TypeError("Not an attribute value");
}

function eventFromWire(wire: Json): RecordEvent {
  const { time, name, attributes, droppedAttributesCount } = objectOf(wire);
  const event: RecordEvent = { timeUnixNano: timeOf(time), name: textOf(name) };
  if (attributes) event.attributes = attributesFromWire(attributes);
  if (droppedAttributesCount) event.droppedAttributesCount = countOf(droppedAttributesCount);
  return event;
}

function linkFromWire(wire: Json): RecordLink {
  const { traceId, spanId, traceState, flags, ...rest } = objectOf(wire);
  const link: RecordLink = { traceId: idOf(traceId, 32), spanId: idOf(spanId, 16) };
  if (traceState) link.traceState = textOf(traceState);
  if (flags) link.flags = countOf(flags);
  if (rest.attributes) link.attributes = attributesFromWire(rest.attributes);
  if (rest.droppedAttributesCount) {
    link.droppedAttributesCount = countOf(rest.droppedAttributesCount);
  }
  return link;
}

/** The JSON object that `wire` is; a {@linkcode TypeError} where it is none. */
export function objectOf(wire: Json | undefined): JsonObject {
  if (typeof wire === "object" && wire !== null && !Array.isArray(wire)) return wire;
  throw new TypeError("Not an object");
}

function arrayOf(wire: Json): Json[] {
  if (Array.isArray(wire)) return wire;
  throw new TypeError("Not an array");
}

function textOf(wire: Json | undefined): string {
  if (typeof wire === "string") return wire;
  throw new TypeError("Not a string");
}

/** The non-negative integer that `wire` is; a {@linkcode TypeError} where it is none. */
export function countOf(wire: Json | undefined): number {
  if (typeof wire === "number" && Number.isSafeInteger(wire) && wire >= 0) return wire;
  throw new TypeError("Not a count");
}

/** The process group that `wire` names; a {@linkcode TypeError} where it is none to be ended. */
export function groupOf(wire: Json | undefined): number {
  const pid = countOf(wire);
  if (pid > 1 && pid < 2 ** 31 && pid !== Deno.pid && pid !== Deno.ppid) return pid;
  throw new TypeError("Not a process group");
}

/** The time in nanoseconds that `wire` is; a {@linkcode TypeError} where it is none. */
export function timeOf(wire: Json | undefined): bigint {
  if (typeof wire === "string" && /^\d{1,19}$/.test(wire)) return BigInt(wire);
  throw new TypeError("Not a time");
}

function idOf(wire: Json | undefined, digits: 16 | 32): string {
  if (
    typeof wire === "string" && wire.length === digits && /^[\da-f]+$/.test(wire) &&
    !/^0+$/.test(wire)
  ) {
    return wire;
  }
  throw new TypeError("Not an id");
}

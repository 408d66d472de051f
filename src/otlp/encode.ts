import type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "../trace/record.ts";

/** An object for `JSON.stringify`, with its keys in the Collector's order; undefined is left out. */
type Json = { [key: string]: unknown };

interface ResourceSpans {
  resource: Json;
  scopeSpans: ScopeSpans[];
  schemaUrl: string | undefined;
}

interface ScopeSpans {
  scope: Json;
  spans: Json[];
  schemaUrl: string | undefined;
}

const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** `JSON.rawJSON` (ES2026): text that `JSON.stringify` passes on. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): object };

/**
 * Writes spans as one line of OTLP/JSON, in the OpenTelemetry Collector's own form.
 *
 * @param records Spans; open ones have no `endTimeUnixNano` in the line.
 * @returns One OTLP `TracesData` (`{"resourceSpans":[...]}`), without a newline. Spans of
 * equal resource and equal scope stand together, otherwise in the order given.
 *
 * @example A line of a run file
 * ```ts ignore
 * const line = encodeTraces(records) + "\n";
 * ```
 */
export function encodeTraces(records: readonly SpanRecord[]): string {
  const resourceSpans: ResourceSpans[] = [];
  const resources = new Groups(resourceSpans, resourceSpansOf);
  const scopes = new Map<ResourceSpans, Groups<RecordScope, ScopeSpans>>();
  for (const record of records) {
    const group = resources.of(record.resource);
    let parts = scopes.get(group);
    if (parts === undefined) {
      parts = new Groups(group.scopeSpans, scopeSpansOf);
      scopes.set(group, parts);
    }
    parts.of(record.scope).spans.push(encodeSpan(record));
  }
  return asCollector(JSON.stringify({ resourceSpans: list(resourceSpans) }));
}

/** Groups in the order of their first member; equal parts share one. */
class Groups<Part extends object, Group> {
  #list: Group[];
  #create: (part: Part) => Group;
  #byPart = new Map<Part, Group>();
  #byText = new Map<string, Group>();

  constructor(list: Group[], create: (part: Part) => Group) {
    this.#list = list;
    this.#create = create;
  }

  of(part: Part): Group {
    let group = this.#byPart.get(part);
    if (group !== undefined) return group;
    const created = this.#create(part);
    const text = JSON.stringify(created);
    group = this.#byText.get(text);
    if (group === undefined) {
      group = created;
      this.#byText.set(text, group);
      this.#list.push(group);
    }
    this.#byPart.set(part, group);
    return group;
  }
}

/** A `ResourceSpans` without its spans; equal resources have an equal one. */
export function resourceSpansOf(resource: RecordResource): ResourceSpans {
  return {
    resource: {
      attributes: list(entries(resource.attributes)),
      droppedAttributesCount: count(resource.droppedAttributesCount),
    },
    scopeSpans: [],
    schemaUrl: text(resource.schemaUrl),
  };
}

/** A `ScopeSpans` without its spans; equal scopes have an equal one. */
export function scopeSpansOf(scope: RecordScope): ScopeSpans {
  return {
    scope: {
      name: text(scope.name),
      version: text(scope.version),
      attributes: list(entries(scope.attributes)),
      droppedAttributesCount: count(scope.droppedAttributesCount),
    },
    spans: [],
    schemaUrl: text(scope.schemaUrl),
  };
}

function encodeSpan(span: SpanRecord): Json {
  return {
    traceId: id(span.traceId),
    spanId: id(span.spanId),
    traceState: text(span.traceState),
    parentSpanId: id(span.parentSpanId),
    flags: count(span.flags),
    name: text(span.name),
    kind: count(span.kind),
    startTimeUnixNano: time(span.startTimeUnixNano),
    endTimeUnixNano: time(span.endTimeUnixNano),
    attributes: list(entries(span.attributes)),
    droppedAttributesCount: count(span.droppedAttributesCount),
    events: list(span.events?.map(encodeEvent)),
    droppedEventsCount: count(span.droppedEventsCount),
    links: list(span.links?.map(encodeLink)),
    droppedLinksCount: count(span.droppedLinksCount),
    status: { message: text(span.status.message), code: count(span.status.code) },
  };
}

function encodeEvent(event: RecordEvent): Json {
  return {
    timeUnixNano: time(event.timeUnixNano),
    name: text(event.name),
    attributes: list(entries(event.attributes)),
    droppedAttributesCount: count(event.droppedAttributesCount),
  };
}

function encodeLink(link: RecordLink): Json {
  return {
    traceId: id(link.traceId),
    spanId: id(link.spanId),
    traceState: text(link.traceState),
    attributes: list(entries(link.attributes)),
    droppedAttributesCount: count(link.droppedAttributesCount),
    flags: count(link.flags),
  };
}

function entries(map: RecordAttributes | undefined): Json[] | undefined {
  if (map === undefined) return undefined;
  const attributes: Json[] = [];
  for (const key of Object.keys(map)) {
    attributes.push({ key: text(key), value: encodeValue(map[key] ?? null) });
  }
  return attributes;
}

function encodeValue(value: RecordValue): Json {
  if (value === null) return {};
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { intValue: `${value}` }
        : { doubleValue: double(value) };
    case "bigint":
      // The specification's rule for integers that OTLP's 64 bits cannot hold.
      return value > INT64_MAX || value < INT64_MIN
        ? { stringValue: `${value}` }
        : { intValue: `${value}` };
  }
  if (value instanceof Uint8Array) return { bytesValue: value.toBase64() };
  if (Array.isArray(value)) return { arrayValue: { values: list(value.map(encodeValue)) } };
  return { kvlistValue: { values: list(entries(value as RecordAttributes)) } };
}

/** A double as Go writes it: its exponents have at least two digits. */
function double(value: number): unknown {
  const size = Math.abs(value);
  if (size >= 1e-6 && size < Infinity) return value;
  if (Object.is(value, -0)) return rawJSON("-0");
  const digits = `${value}`;
  if (!Number.isFinite(value)) return digits;
  return /e-\d$/.test(digits) ? rawJSON(digits.replace("e-", "e-0")) : value;
}

// What is zero or empty is left out.

function list<T>(items: T[] | undefined): T[] | undefined {
  return items !== undefined && items.length > 0 ? items : undefined;
}

function text(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

/** An id; the Collector leaves out those that are all zero. */
function id(value: string | undefined): string | undefined {
  return value === "" || value === NO_TRACE || value === NO_SPAN ? undefined : value;
}

/** A 32-bit number. */
function count(value: number | undefined): number | undefined {
  const bits = (value ?? 0) >>> 0;
  return bits > 0 ? bits : undefined;
}

/** A 64-bit number, which is a string in OTLP/JSON. */
function time(value: bigint | undefined): string | undefined {
  if (value === undefined || value <= 0n) return undefined;
  return `${value > UINT64_MAX ? UINT64_MAX : value}`;
}

/**
 * Turns the escapes that only JavaScript has into the Collector's: it has no `\b` and `\f`,
 * and a lone surrogate, which is not UTF-8, is U+FFFD there.
 */
function asCollector(json: string): string {
  if (!json.includes("\\")) return json;
  return json.replace(/\\(ud[89a-f]..|.)/g, (escape, name: string) => {
    if (name === "b") return "\\u0008";
    if (name === "f") return "\\u000c";
    return name.startsWith("ud") ? "\uFFFD" : escape;
  });
}

/**
 * Reading what is written in the Collector's own form, and coldtrace's, at a glance: keys in their
 * order, no blanks. A run of 100,000 spans is 80 MB of it, which `JSON.parse` takes as long for as
 * may pass in all, before a single record is made.
 *
 * @module
 */
import type { RecordAttributes, RecordResource, RecordScope, SpanRecord } from "../trace/record.ts";
import type { Json } from "./_fields.ts";
import { type KnownParts, knownResource, knownScope } from "./_known_parts.ts";
import { parseJson } from "./_parse_json.ts";
import { decodeResource, decodeScope, decodeSpan } from "./_parts.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [ZERO, NINE, MINUS, LOWER_A, LOWER_F] = [0x30, 0x39, 0x2d, 0x61, 0x66];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const SPACE = 0x20;
/** As JSON writes a double. */
const DOUBLE = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** Of so many digits, numbers are exact, and nothing is too much for 64 and for 32 bits. */
const [EXACT_DIGITS, UINT64_DIGITS, UINT32_DIGITS] = [15, 19, 9];
/** The digits of a time behind its seconds. */
const LOW_DIGITS = 9;

/**
 * Reads the spans of a line that is written that way.
 *
 * @param line the line.
 * @param known resources and scopes of earlier lines.
 * @param bytes the same line.
 * @returns what `decodeTraces()` does, or nothing where it is not written that way, or is wrong.
 */
export function scanTraces(
  line: string,
  known: KnownParts,
  bytes: Uint8Array,
): SpanRecord[] | undefined {
  if (!line.startsWith('{"resourceSpans":[{')) return undefined;
  // Only where each character is one byte do both have the same positions.
  if (bytes.length !== line.length) return undefined;
  try {
    return new Scan(line, bytes, known).traces();
  } catch {
    // Whatever it was, who reads it all says so in his own words.
    return undefined;
  }
}

class Unusual extends Error {}

const ENCODER = new TextEncoder();

/** What can come next. */
const NEXT = {
  traces: ENCODER.encode('{"resourceSpans":['),
  resource: ENCODER.encode('"resource":'),
  scopeSpans: ENCODER.encode('"scopeSpans":['),
  schemaUrl: ENCODER.encode(',"schemaUrl":"'),
  scope: ENCODER.encode('"scope":'),
  spans: ENCODER.encode('"spans":['),
  span: ENCODER.encode('{"traceId":"'),
  spanId: ENCODER.encode(',"spanId":"'),
  parentSpanId: ENCODER.encode(',"parentSpanId":"'),
  flags: ENCODER.encode(',"flags":'),
  name: ENCODER.encode(',"name":"'),
  kind: ENCODER.encode(',"kind":'),
  start: ENCODER.encode(',"startTimeUnixNano":"'),
  end: ENCODER.encode(',"endTimeUnixNano":"'),
  attributes: ENCODER.encode(',"attributes":['),
  statusUnset: ENCODER.encode(',"status":{}}'),
  key: ENCODER.encode('{"key":"'),
  value: ENCODER.encode(',"value":{'),
  string: ENCODER.encode('"stringValue":"'),
  int: ENCODER.encode('"intValue":"'),
  isTrue: ENCODER.encode('"boolValue":true'),
  isFalse: ENCODER.encode('"boolValue":false'),
  double: ENCODER.encode('"doubleValue":'),
  comma: ENCODER.encode(","),
  tracesEnd: ENCODER.encode("]}"),
  open: ENCODER.encode("{"),
  listEnd: ENCODER.encode("]"),
  close: ENCODER.encode("}"),
  nextAttribute: ENCODER.encode("}},"),
  lastAttribute: ENCODER.encode("}}]"),
} as const;

/** Stands in until it is read, behind its spans. */
const UNREAD: RecordResource = { attributes: {} };

class Scan {
  /** What strings are cut from. */
  readonly #text: string;
  /** What is looked at: a character of a string takes several times as long. */
  readonly #bytes: Uint8Array;
  readonly #known: KnownParts;
  readonly #records: SpanRecord[] = [];
  #at = 0;
  #trace: { id: string; bytes: Uint8Array } | undefined;
  /** By place: what attributes of the span before began with, as the next one's are mostly alike. */
  readonly #keys: { key: string; head: Uint8Array }[] = [];

  constructor(text: string, bytes: Uint8Array, known: KnownParts) {
    this.#text = text;
    this.#bytes = bytes;
    this.#known = known;
  }

  traces(): SpanRecord[] {
    this.#need(NEXT.traces);
    do this.#resourceSpans(); while (this.#has(NEXT.comma));
    this.#need(NEXT.tracesEnd);
    if (this.#at !== this.#text.length) throw new Unusual();
    return this.#records;
  }

  #resourceSpans(): void {
    const first = this.#records.length;
    this.#need(NEXT.open);
    const group: { resource?: unknown; schemaUrl?: string } = {};
    if (this.#has(NEXT.resource)) {
      group.resource = this.#value();
      this.#need(NEXT.comma);
    }
    this.#need(NEXT.scopeSpans);
    do this.#scopeSpans(); while (this.#has(NEXT.comma));
    this.#need(NEXT.listEnd);
    if (this.#has(NEXT.schemaUrl)) group.schemaUrl = this.#string();
    this.#need(NEXT.close);
    const resource = knownResource(this.#known, decodeResource(group));
    for (let i = first; i < this.#records.length; i++) {
      (this.#records[i] as SpanRecord).resource = resource;
    }
  }

  #scopeSpans(): void {
    const first = this.#records.length;
    this.#need(NEXT.open);
    const part: { scope?: unknown; schemaUrl?: string } = {};
    if (this.#has(NEXT.scope)) {
      part.scope = this.#value();
      this.#need(NEXT.comma);
    }
    this.#need(NEXT.spans);
    const unread: RecordScope = { name: "" };
    do {
      const from = this.#at;
      let span = this.#span(unread);
      if (span === undefined) {
        this.#at = from;
        span = decodeSpan(this.#value(), UNREAD, unread);
      }
      this.#records.push(span);
    } while (this.#has(NEXT.comma));
    this.#need(NEXT.listEnd);
    if (this.#has(NEXT.schemaUrl)) part.schemaUrl = this.#string();
    this.#need(NEXT.close);
    const scope = knownScope(this.#known, decodeScope(part));
    for (let i = first; i < this.#records.length; i++) {
      (this.#records[i] as SpanRecord).scope = scope;
    }
  }

  /** A span that has nothing but what most of them have. */
  #span(scope: RecordScope): SpanRecord | undefined {
    if (!this.#has(NEXT.span)) return undefined;
    const traceId = this.#sameTrace() ?? this.#newTrace();
    if (!this.#has(NEXT.spanId)) return undefined;
    const spanId = this.#id(16);
    const isChild = this.#has(NEXT.parentSpanId);
    const parentSpanId = isChild ? this.#id(16) : undefined;
    if (isChild && parentSpanId === undefined) return undefined;
    const flags = this.#has(NEXT.flags) ? this.#count() : 0;
    if (!this.#has(NEXT.name)) return undefined;
    const name = this.#plain();
    const kind = this.#has(NEXT.kind) ? this.#count() : 0;
    if (name === undefined || !this.#has(NEXT.start)) return undefined;
    const startTimeUnixNano = this.#time();
    const end = this.#has(NEXT.end) ? this.#time() : 0n;
    const attributes = this.#has(NEXT.attributes) ? this.#attributes() : {};
    if (traceId === undefined || spanId === undefined || attributes === undefined) return undefined;
    if (flags === undefined || kind === undefined) return undefined;
    if (startTimeUnixNano === undefined || end === undefined) return undefined;
    if (!this.#has(NEXT.statusUnset)) return undefined;
    const span: SpanRecord = {
      traceId,
      spanId,
      flags,
      name,
      kind,
      startTimeUnixNano,
      attributes,
      status: { code: 0 },
      resource: UNREAD,
      scope,
    };
    if (parentSpanId !== undefined) span.parentSpanId = parentSpanId;
    if (end > 0n) span.endTimeUnixNano = end;
    return span;
  }

  #sameTrace(): string | undefined {
    const known = this.#trace;
    return known && this.#has(known.bytes) ? known.id : undefined;
  }

  #newTrace(): string | undefined {
    const id = this.#id(32);
    if (id !== undefined) this.#trace = { id, bytes: ENCODER.encode(`${id}"`) };
    return id;
  }

  /** What is behind `"attributes":[`. */
  #attributes(): RecordAttributes | undefined {
    const map: RecordAttributes = {};
    for (let place = 0;; place++) {
      let known = this.#keys[place];
      if (known === undefined || !this.#has(known.head)) {
        if (!this.#has(NEXT.key)) return undefined;
        const key = this.#plain();
        if (!key || key === "__proto__" || !this.#has(NEXT.value)) return undefined;
        const head = ENCODER.encode(`{"key":"${key}","value":{`);
        this.#keys[place] = known = { key, head };
      }
      const value = this.#scalar();
      if (value === undefined) return undefined;
      map[known.key] = value;
      if (this.#has(NEXT.nextAttribute)) continue;
      return this.#has(NEXT.lastAttribute) ? map : undefined;
    }
  }

  /** The content of an `AnyValue` that holds no others. */
  #scalar(): string | number | boolean | undefined {
    if (this.#has(NEXT.string)) return this.#plain();
    if (this.#has(NEXT.int)) return this.#integer();
    if (this.#has(NEXT.isTrue)) return true;
    if (this.#has(NEXT.isFalse)) return false;
    if (!this.#has(NEXT.double)) return undefined;
    const end = this.#text.indexOf("}", this.#at);
    const digits = this.#text.substring(this.#at, end);
    if (!DOUBLE.test(digits)) return undefined;
    this.#at = end;
    return Number(digits);
  }

  /** A string without escapes, and its quote. */
  #plain(): string | undefined {
    const from = this.#at;
    const bytes = this.#bytes;
    for (let i = from; i < bytes.length; i++) {
      const code = bytes[i] as number;
      if (code === QUOTE) {
        this.#at = i + 1;
        return this.#text.substring(from, i);
      }
      if (code === BACKSLASH || code < SPACE) return undefined;
    }
    return undefined;
  }

  /** An integer that numbers hold, and its quote. */
  #integer(): number | undefined {
    const isNegative = this.#bytes[this.#at] === MINUS;
    if (isNegative) this.#at++;
    const value = this.#digits(EXACT_DIGITS);
    if (value === undefined || this.#bytes[this.#at] !== QUOTE) return undefined;
    this.#at++;
    return isNegative && value !== 0 ? -value : value;
  }

  /** Nanoseconds since the Unix epoch, and the quote. */
  #time(): bigint | undefined {
    const from = this.#at;
    const bytes = this.#bytes;
    let end = from;
    while (isDigit(bytes[end])) end++;
    if (end === from || end - from > UINT64_DIGITS || bytes[end] !== QUOTE) return undefined;
    this.#at = end + 1;
    let [high, low] = [0, 0];
    for (let i = from; i < end; i++) {
      const digit = (bytes[i] as number) - ZERO;
      if (i < end - LOW_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
    }
    return uint64(high, low);
  }

  /** A whole number without a quote. */
  #count(): number | undefined {
    const isZero = this.#bytes[this.#at] === ZERO;
    const value = this.#digits(UINT32_DIGITS);
    return isZero && value !== 0 ? undefined : value;
  }

  #digits(most: number): number | undefined {
    const from = this.#at;
    const bytes = this.#bytes;
    let value = 0;
    let at = from;
    for (; isDigit(bytes[at]); at++) value = value * 10 + (bytes[at] as number) - ZERO;
    if (at === from || at - from > most) return undefined;
    this.#at = at;
    return value;
  }

  /** An id of so many digits that is not all zero, and its quote. */
  #id(digits: number): string | undefined {
    const from = this.#at;
    const end = from + digits;
    const bytes = this.#bytes;
    let some = 0;
    for (let i = from; i < end; i++) {
      const code = bytes[i] ?? 0;
      if (!isDigit(code) && !(code >= LOWER_A && code <= LOWER_F)) return undefined;
      some |= code - ZERO;
    }
    if (some === 0 || bytes[end] !== QUOTE) return undefined;
    this.#at = end + 1;
    return this.#text.substring(from, end);
  }

  /** Any object. */
  #value(): Json {
    const from = this.#at;
    const bytes = this.#bytes;
    let depth = 0;
    for (let i = from; i < bytes.length; i++) {
      const code = bytes[i];
      if (code === QUOTE) i = endOfString(bytes, i);
      else if (code === OPEN || code === OPEN_LIST) depth++;
      else if ((code === CLOSE || code === CLOSE_LIST) && --depth === 0) {
        this.#at = i + 1;
        return parseJson(this.#text.substring(from, i + 1)) as Json;
      }
      if (depth === 0) break;
    }
    throw new Unusual();
  }

  #string(): string {
    const value = this.#plain();
    if (value === undefined) throw new Unusual();
    return value;
  }

  /** Passes over what comes next, if it is this. */
  #has(next: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < next.length; i++) if (bytes[at + i] !== next[i]) return false;
    this.#at = at + next.length;
    return true;
  }

  #need(next: Uint8Array): void {
    if (!this.#has(next)) throw new Unusual();
  }
}

const WORD = new DataView(new ArrayBuffer(8));

/** `high * 10 ** 9 + low`: a text would take four times as long. */
function uint64(high: number, low: number): bigint {
  // In digits of 16 bits, so that numbers hold each step.
  const last = (high % 65536) * 1e9 + low;
  const rest = Math.floor(high / 65536) * 1e9 + Math.floor(last / 65536);
  WORD.setUint32(0, Math.floor(rest / 65536));
  WORD.setUint16(4, rest % 65536);
  WORD.setUint16(6, last % 65536);
  return WORD.getBigUint64(0);
}

function isDigit(code: number | undefined): code is number {
  return code !== undefined && code >= ZERO && code <= NINE;
}

/** Where a string that begins there ends. */
function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) {
    i += bytes[i] === BACKSLASH ? 2 : 1;
  }
  return i;
}

/**
 * Reading what is written in the Collector's own form, and coldtrace's, at a glance: keys in their
 * order, no blanks. A run of 100,000 spans is 80 MB of it, which `JSON.parse` takes as long for as
 * may pass in all, before a single record is made.
 *
 * @module
 */
import type {
  RecordAttributes,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "../trace/record.ts";
import { type Json, uint64 } from "./_fields.ts";
import { type KnownParts, knownResource, knownScope } from "./_known_parts.ts";
import { endOfString, parseJson } from "./_parse_json.ts";
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

/** So many bytes are compared at once, as a double: one of ASCII is neither NaN nor zero. */
const EIGHT = 8;

/** ASCII to be compared with. */
interface Text {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

function textOf(characters: string): Text {
  const bytes = ENCODER.encode(characters);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** What can come next. */
const NEXT = {
  traces: textOf('{"resourceSpans":['),
  resource: textOf('"resource":'),
  scopeSpans: textOf('"scopeSpans":['),
  schemaUrl: textOf(',"schemaUrl":"'),
  scope: textOf('"scope":'),
  spans: textOf('"spans":['),
  span: textOf('{"traceId":"'),
  spanId: textOf(',"spanId":"'),
  parentSpanId: textOf(',"parentSpanId":"'),
  flags: textOf(',"flags":'),
  name: textOf(',"name":"'),
  kind: textOf(',"kind":'),
  start: textOf(',"startTimeUnixNano":"'),
  end: textOf(',"endTimeUnixNano":"'),
  attributes: textOf(',"attributes":['),
  statusUnset: textOf(',"status":{}}'),
  key: textOf('{"key":"'),
  value: textOf(',"value":{'),
  string: textOf('"stringValue":"'),
  int: textOf('"intValue":"'),
  isTrue: textOf('"boolValue":true'),
  isFalse: textOf('"boolValue":false'),
  double: textOf('"doubleValue":'),
  array: textOf('"arrayValue":{"values":['),
  comma: textOf(","),
  listAndAll: textOf("]}"),
  open: textOf("{"),
  listEnd: textOf("]"),
  close: textOf("}"),
  nextAttribute: textOf("}},"),
  lastAttribute: textOf("}}]"),
} as const;

/** Stands in until it is read, behind its spans. */
const UNREAD: RecordResource = { attributes: {} };
/** Of all that have none: what is not made need not be collected. */
const UNSET: SpanRecord["status"] = Object.freeze({ code: 0 });

/** A key that was seen, what an attribute of it begins with, and its last text. */
interface KnownKey {
  readonly key: string;
  readonly head: Text;
  text: string;
  /** Where the text stands. */
  at: number;
}

class Scan {
  /** What strings are cut from. */
  readonly #text: string;
  /** What is looked at: a character of a string takes several times as long. */
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #known: KnownParts;
  readonly #records: SpanRecord[] = [];
  #at = 0;
  #trace: { id: string; text: Text } | undefined;
  /** By place: the keys of the spans before, as the next one's are mostly alike. */
  readonly #keys: KnownKey[] = [];
  readonly #byKey: Map<string, KnownKey> = new Map();

  constructor(text: string, bytes: Uint8Array, known: KnownParts) {
    this.#text = text;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#known = known;
  }

  traces(): SpanRecord[] {
    this.#need(NEXT.traces);
    do this.#resourceSpans(); while (this.#has(NEXT.comma));
    this.#need(NEXT.listAndAll);
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
    if (!this.#has(NEXT.parentSpanId)) return undefined;
    const parentSpanId = this.#id(16);
    const flags = this.#has(NEXT.flags) ? this.#count() : 0;
    if (!this.#has(NEXT.name)) return undefined;
    const name = this.#plain();
    const kind = this.#has(NEXT.kind) ? this.#count() : 0;
    if (name === undefined || !this.#has(NEXT.start)) return undefined;
    const startTimeUnixNano = this.#time();
    if (!this.#has(NEXT.end)) return undefined;
    const endTimeUnixNano = this.#time();
    const attributes = this.#has(NEXT.attributes) ? this.#attributes() : {};
    if (traceId === undefined || spanId === undefined || parentSpanId === undefined) {
      return undefined;
    }
    if (attributes === undefined || flags === undefined || kind === undefined) return undefined;
    if (startTimeUnixNano === undefined || !endTimeUnixNano) return undefined;
    if (!this.#has(NEXT.statusUnset)) return undefined;
    return {
      traceId,
      spanId,
      parentSpanId,
      flags,
      name,
      kind,
      startTimeUnixNano,
      endTimeUnixNano,
      attributes,
      status: UNSET,
      resource: UNREAD,
      scope,
    };
  }

  #sameTrace(): string | undefined {
    const known = this.#trace;
    return known && this.#has(known.text) ? known.id : undefined;
  }

  #newTrace(): string | undefined {
    const id = this.#id(32);
    if (id !== undefined) this.#trace = { id, text: textOf(`${id}"`) };
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
        this.#keys[place] = known = this.#knownKey(key);
      }
      const value = this.#scalar(known) ?? this.#list(known);
      if (value === undefined) return undefined;
      map[known.key] = value;
      if (this.#has(NEXT.nextAttribute)) continue;
      return this.#has(NEXT.lastAttribute) ? map : undefined;
    }
  }

  #knownKey(key: string): KnownKey {
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = { key, head: textOf(`{"key":"${key}","value":{`), text: "", at: 0 };
      this.#byKey.set(key, known);
    }
    return known;
  }

  /** The content of an `AnyValue` that holds some others, which hold none. */
  #list(known: KnownKey): RecordValue[] | undefined {
    if (!this.#has(NEXT.array)) return undefined;
    const values: RecordValue[] = [];
    do {
      if (!this.#has(NEXT.open)) return undefined;
      const value = this.#scalar(known);
      if (value === undefined || !this.#has(NEXT.close)) return undefined;
      values.push(value);
    } while (this.#has(NEXT.comma));
    return this.#has(NEXT.listAndAll) ? values : undefined;
  }

  /** The content of an `AnyValue` that holds no others. */
  #scalar(known: KnownKey): string | number | boolean | undefined {
    if (this.#has(NEXT.string)) return this.#sameText(known) ?? this.#newText(known);
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

  /** Many spans say the same of a key. */
  #sameText({ text, at }: KnownKey): string | undefined {
    const from = this.#at;
    const { length } = text;
    const bytes = this.#bytes;
    if (length === 0 || bytes[from + length] !== QUOTE) return undefined;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== bytes[at + i]) return undefined;
    this.#at = from + length + 1;
    return text;
  }

  #newText(known: KnownKey): string | undefined {
    const from = this.#at;
    const text = this.#plain();
    known.text = text ?? "";
    known.at = from;
    return text;
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
  #has({ bytes, view }: Text): boolean {
    const from = this.#at;
    const { length } = bytes;
    if (from + length > this.#bytes.length) return false;
    const own = this.#view;
    let i = 0;
    for (; i + EIGHT <= length; i += EIGHT) {
      if (own.getFloat64(from + i, true) !== view.getFloat64(i, true)) return false;
    }
    for (; i < length; i++) if (this.#bytes[from + i] !== bytes[i]) return false;
    this.#at = from + length;
    return true;
  }

  #need(next: Text): void {
    if (!this.#has(next)) throw new Unusual();
  }
}

function isDigit(code: number | undefined): code is number {
  return code !== undefined && code >= ZERO && code <= NINE;
}

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
import { Cursor, type Piece, type Token, tokenOf } from "./_cursor.ts";
import { type KnownParts, knownResource, knownScope } from "./_known_parts.ts";
import type { Json } from "./_fields.ts";
import { decodeResource, decodeScope, decodeSpan } from "./_parts.ts";

/** So many bytes hold most spans, and all that can stand between two. */
const ENOUGH = 16 * 1024;
const TRACE_ID = 32;

/** What can come next. */
const NEXT = {
  traces: tokenOf('{"resourceSpans":['),
  resource: tokenOf('"resource":'),
  scopeSpans: tokenOf('"scopeSpans":['),
  schemaUrl: tokenOf(',"schemaUrl":"'),
  scope: tokenOf('"scope":'),
  spans: tokenOf('"spans":['),
  span: tokenOf('{"traceId":"'),
  spanId: tokenOf(',"spanId":"'),
  parentSpanId: tokenOf(',"parentSpanId":"'),
  flags: tokenOf(',"flags":'),
  name: tokenOf(',"name":"'),
  kind: tokenOf(',"kind":'),
  start: tokenOf(',"startTimeUnixNano":"'),
  end: tokenOf(',"endTimeUnixNano":"'),
  attributes: tokenOf(',"attributes":['),
  statusUnset: tokenOf(',"status":{}}'),
  key: tokenOf('{"key":"'),
  value: tokenOf(',"value":{'),
  string: tokenOf('"stringValue":"'),
  int: tokenOf('"intValue":"'),
  isTrue: tokenOf('"boolValue":true'),
  isFalse: tokenOf('"boolValue":false'),
  double: tokenOf('"doubleValue":'),
  array: tokenOf('"arrayValue":{"values":['),
  comma: tokenOf(","),
  listAndAll: tokenOf("]}"),
  open: tokenOf("{"),
  listEnd: tokenOf("]"),
  close: tokenOf("}"),
  nextAttribute: tokenOf("}},"),
  lastAttribute: tokenOf("}}]"),
} as const;

/** Stands in until it is read, behind its spans. */
const UNREAD: RecordResource = { attributes: {} };
/** Of all that have none: what is not made need not be collected. */
const UNSET: SpanRecord["status"] = Object.freeze({ code: 0 });

/** A key that was seen, what an attribute of it begins with, and its last text. */
interface KnownKey {
  readonly key: string;
  readonly head: Token;
  text: string;
  /** Where the text stands. */
  at: number;
}

/** What is not written that way, or is wrong: who reads it all says so in his own words. */
class Unusual extends Error {}

/**
 * Reads the spans of a line that is written that way, piece by piece, as it is too long to be held
 * twice.
 */
export class Scan {
  /** The spans that were read; their resource and scope come last. */
  readonly records: SpanRecord[] = [];
  readonly #known: KnownParts;
  readonly #cursor = new Cursor();
  readonly #way: Generator<void, void> = this.#traces();
  #isLast = false;
  #trace: { id: string; text: Token } | undefined;
  /** By place: the keys of the spans before, as the next one's are mostly alike. */
  readonly #keys: KnownKey[] = [];
  readonly #byKey: Map<string, KnownKey> = new Map();

  /**
   * Begins a line.
   *
   * @param known resources and scopes of earlier lines.
   */
  constructor(known: KnownParts) {
    this.#known = known;
  }

  /**
   * Reads on.
   *
   * @param piece what comes next in the line, from where the piece before was read to.
   * @param isLast whether the line ends with it.
   * @returns how much of it was read, of the last one all; nothing where it is not written that
   * way, or is wrong: this scan is of no use then.
   */
  read(piece: Piece, isLast: boolean): number | undefined {
    this.#cursor.open(piece);
    for (const known of this.#byKey.values()) known.text = "";
    this.#isLast = isLast;
    try {
      const { done = false } = this.#way.next();
      if (isLast && !(done && this.#cursor.left === 0)) return undefined;
      return this.#cursor.at;
    } catch {
      return undefined;
    }
  }

  *#traces(): Generator<void, void> {
    this.#need(NEXT.traces);
    do yield* this.#resourceSpans(); while (this.#cursor.has(NEXT.comma));
    this.#need(NEXT.listAndAll);
  }

  *#resourceSpans(): Generator<void, void> {
    const first = this.records.length;
    this.#need(NEXT.open);
    const group: { resource?: unknown; schemaUrl?: string } = {};
    if (this.#cursor.has(NEXT.resource)) {
      group.resource = this.#object();
      this.#need(NEXT.comma);
    }
    this.#need(NEXT.scopeSpans);
    do yield* this.#scopeSpans(); while (this.#cursor.has(NEXT.comma));
    this.#need(NEXT.listEnd);
    if (this.#cursor.has(NEXT.schemaUrl)) group.schemaUrl = this.#string();
    this.#need(NEXT.close);
    const resource = knownResource(this.#known, decodeResource(group));
    for (let i = first; i < this.records.length; i++) {
      (this.records[i] as SpanRecord).resource = resource;
    }
  }

  *#scopeSpans(): Generator<void, void> {
    const first = this.records.length;
    this.#need(NEXT.open);
    const part: { scope?: unknown; schemaUrl?: string } = {};
    if (this.#cursor.has(NEXT.scope)) {
      part.scope = this.#object();
      this.#need(NEXT.comma);
    }
    this.#need(NEXT.spans);
    const unread: RecordScope = { name: "" };
    do {
      const from = this.#cursor.at;
      const span = this.#span(unread) ?? (yield* this.#anySpan(from, unread));
      this.records.push(span);
      while (!this.#isLast && this.#cursor.left < ENOUGH) yield;
    } while (this.#cursor.has(NEXT.comma));
    this.#need(NEXT.listEnd);
    if (this.#cursor.has(NEXT.schemaUrl)) part.schemaUrl = this.#string();
    this.#need(NEXT.close);
    const scope = knownScope(this.#known, decodeScope(part));
    for (let i = first; i < this.records.length; i++) {
      (this.records[i] as SpanRecord).scope = scope;
    }
  }

  /** A span that may have anything, also what comes with the next pieces. */
  *#anySpan(from: number, scope: RecordScope): Generator<void, SpanRecord> {
    this.#cursor.at = from;
    for (;;) {
      const json = this.#cursor.object();
      if (json !== undefined) return decodeSpan(json, UNREAD, scope);
      if (this.#isLast) throw new Unusual();
      yield;
    }
  }

  /** A span that has nothing but what most of them have. */
  #span(scope: RecordScope): SpanRecord | undefined {
    const cursor = this.#cursor;
    if (!cursor.has(NEXT.span)) return undefined;
    const traceId = this.#sameTrace() ?? this.#newTrace();
    if (!cursor.has(NEXT.spanId)) return undefined;
    const spanId = cursor.spanId();
    if (!cursor.has(NEXT.parentSpanId)) return undefined;
    const parentSpanId = cursor.spanId();
    const flags = cursor.has(NEXT.flags) ? cursor.count() : 0;
    if (!cursor.has(NEXT.name)) return undefined;
    const name = cursor.plain();
    const kind = cursor.has(NEXT.kind) ? cursor.count() : 0;
    if (name === undefined || !cursor.has(NEXT.start)) return undefined;
    const startTimeUnixNano = cursor.time();
    if (!cursor.has(NEXT.end)) return undefined;
    const endTimeUnixNano = cursor.time();
    const attributes = cursor.has(NEXT.attributes) ? this.#attributes() : {};
    if (traceId === undefined || spanId === undefined || parentSpanId === undefined) {
      return undefined;
    }
    if (attributes === undefined || flags === undefined || kind === undefined) return undefined;
    if (startTimeUnixNano === undefined || !endTimeUnixNano) return undefined;
    if (!cursor.has(NEXT.statusUnset)) return undefined;
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
    return known && this.#cursor.has(known.text) ? known.id : undefined;
  }

  #newTrace(): string | undefined {
    const id = this.#cursor.id(TRACE_ID);
    if (id !== undefined) this.#trace = { id, text: tokenOf(`${id}"`) };
    return id;
  }

  /** What is behind `"attributes":[`. */
  #attributes(): RecordAttributes | undefined {
    const cursor = this.#cursor;
    const map: RecordAttributes = {};
    for (let place = 0;; place++) {
      let known = this.#keys[place];
      if (known === undefined || !cursor.has(known.head)) {
        if (!cursor.has(NEXT.key)) return undefined;
        const key = cursor.plain();
        if (!key || key === "__proto__" || !cursor.has(NEXT.value)) return undefined;
        this.#keys[place] = known = this.#knownKey(key);
      }
      const value = this.#scalar(known) ?? this.#list(known);
      if (value === undefined) return undefined;
      map[known.key] = value;
      if (cursor.has(NEXT.nextAttribute)) continue;
      return cursor.has(NEXT.lastAttribute) ? map : undefined;
    }
  }

  #knownKey(key: string): KnownKey {
    let known = this.#byKey.get(key);
    if (known === undefined) {
      known = { key, head: tokenOf(`{"key":"${key}","value":{`), text: "", at: 0 };
      this.#byKey.set(key, known);
    }
    return known;
  }

  /** The content of an `AnyValue` that holds some others, which hold none. */
  #list(known: KnownKey): RecordValue[] | undefined {
    const cursor = this.#cursor;
    if (!cursor.has(NEXT.array)) return undefined;
    const values: RecordValue[] = [];
    do {
      if (!cursor.has(NEXT.open)) return undefined;
      const value = this.#scalar(known);
      if (value === undefined || !cursor.has(NEXT.close)) return undefined;
      values.push(value);
    } while (cursor.has(NEXT.comma));
    return cursor.has(NEXT.listAndAll) ? values : undefined;
  }

  /** The content of an `AnyValue` that holds no others. */
  #scalar(known: KnownKey): string | number | boolean | undefined {
    const cursor = this.#cursor;
    if (cursor.has(NEXT.string)) return this.#text(known);
    if (cursor.has(NEXT.int)) return cursor.integer();
    if (cursor.has(NEXT.isTrue)) return true;
    if (cursor.has(NEXT.isFalse)) return false;
    return cursor.has(NEXT.double) ? cursor.double() : undefined;
  }

  /** Many spans say the same of a key. */
  #text(known: KnownKey): string | undefined {
    const cursor = this.#cursor;
    if (cursor.hasAgain(known.at, known.text.length)) return known.text;
    known.at = cursor.at;
    const text = cursor.plain();
    known.text = text ?? "";
    return text;
  }

  #object(): Json {
    const json = this.#cursor.object();
    if (json === undefined) throw new Unusual();
    return json;
  }

  #string(): string {
    const text = this.#cursor.plain();
    if (text === undefined) throw new Unusual();
    return text;
  }

  #need(next: Token): void {
    if (!this.#cursor.has(next)) throw new Unusual();
  }
}

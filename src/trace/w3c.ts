/**
 * What W3C says of a trace's ids, and of the formats in which a context travels between
 * processes: `traceparent` and `tracestate` (Trace Context, Level 2), and Baggage.
 *
 * @module
 */
import type { Baggage, BaggageEntry, SpanContext, TraceState } from "./types.ts";

/** Random bytes are drawn by the kilobyte, since each draw is a call into the runtime. */
const DRAWN = 1024;
/** The digits of those that are left. */
let digits = "";
let used = 0;

/** Random lower-case hexadecimal digits, not all of them zero: that would mean "none". */
function randomId(length: 16 | 32): string {
  if (used + length > digits.length) {
    digits = crypto.getRandomValues(new Uint8Array(DRAWN)).toHex();
    used = 0;
  }
  const id = digits.slice(used, used += length);
  return id.charCodeAt(0) === ZERO && /^0+$/.test(id) ? randomId(length) : id;
}

const ZERO = "0".charCodeAt(0);

/** A new span id. */
export function randomSpanId(): string {
  return randomId(16);
}

/** A new trace id. */
export function randomTraceId(): string {
  return randomId(32);
}

/** `version-traceid-parentid-flags`, and what versions above 00 may add. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
/** The flags that version 00 defines: sampled (bit 0) and random trace id (bit 1). */
const KNOWN_FLAGS = 0b11;

/** Whether a span context's ids are lower-case hexadecimal of the right length and not all zero. */
export function isSpanContextValid({ traceId, spanId }: SpanContext): boolean {
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId);
}

/**
 * Reads a `traceparent` value by W3C's rules: version 00 exactly, higher versions by what
 * stands where version 00 has it, `ff` never.
 *
 * @returns A remote span context, or `undefined` where the value is to be ignored.
 */
export function parseTraceparent(value: string): SpanContext | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] =
    TRACEPARENT.exec(trimOws(value)) ?? [];
  if (version === undefined || version === "ff") return undefined;
  if (version === "00" && more !== undefined) return undefined;
  // Nothing may be assumed of flags that a higher version may have added.
  const traceFlags = parseInt(flags, 16) & (version === "00" ? 0xff : KNOWN_FLAGS);
  const spanContext = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

/**
 * Writes a `traceparent` value of version 00. All eight flags are written as they are, since
 * W3C lets a participant that only passes a `traceparent` on change nothing in it.
 */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}

/** Level 2's key; it holds Level 1's simple (`vendor`) and multi-tenant (`tenant@vendor`) keys. */
const STATE_KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
/** Printable ASCII without comma and equals sign, not ending in a space. */
const STATE_VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
/** How many members a `tracestate` may have. */
const MAX_STATE_MEMBERS = 32;
/** How many characters of it are passed on, at most. */
const MAX_STATE_LENGTH = 512;
/** Members longer than this leave first where the list is too long. */
const LONG_STATE_MEMBER = 128;

/** A list that is valid at all times: what would make it invalid changes nothing. */
class TraceStateList implements TraceState {
  readonly #members: ReadonlyMap<string, string>;

  constructor(members: ReadonlyMap<string, string>) {
    this.#members = members;
  }

  set(key: string, value: string): TraceState {
    if (!STATE_KEY.test(key) || !STATE_VALUE.test(value)) return this;
    const others = [...this.#members].filter(([name]) => name !== key);
    return new TraceStateList(new Map([[key, value], ...others.slice(0, MAX_STATE_MEMBERS - 1)]));
  }

  unset(key: string): TraceState {
    const members = new Map(this.#members);
    members.delete(key);
    return new TraceStateList(members);
  }

  get(key: string): string | undefined {
    return this.#members.get(key);
  }

  /** At most 512 characters, whole members, by W3C's order of truncation. */
  serialize(): string {
    const members = Array.from(this.#members, ([key, value]) => `${key}=${value}`);
    let length = members.reduce((sum, member) => sum + member.length + 1, -1);
    for (const longest of [LONG_STATE_MEMBER, 0]) {
      for (let i = members.length - 1; i >= 0 && length > MAX_STATE_LENGTH; i--) {
        const size = members[i]?.length ?? 0;
        if (size <= longest) continue;
        members.splice(i, 1);
        length -= size + 1;
      }
    }
    return members.join(",");
  }
}

/**
 * Reads a `tracestate` value. Empty members are skipped, of a repeated key the first
 * (newest) is kept.
 *
 * @returns `undefined` where the value breaks a rule, so that all of it is to be dropped.
 */
function parseTraceState(value: string): TraceStateList | undefined {
  const members = new Map<string, string>();
  let count = 0;
  for (const part of value.split(",")) {
    const member = trimOws(part);
    if (member === "") continue;
    const equals = member.indexOf("=");
    const key = member.slice(0, Math.max(0, equals));
    const text = member.slice(equals + 1);
    if (++count > MAX_STATE_MEMBERS || !STATE_KEY.test(key) || !STATE_VALUE.test(text)) {
      return undefined;
    }
    if (!members.has(key)) members.set(key, text);
  }
  return new TraceStateList(members);
}

/**
 * Makes a `tracestate` list, from its header form where one is given.
 *
 * @param serialized What another process sent. Where it breaks a rule the list is empty, as
 * W3C asks for: a `tracestate` that cannot be read is dropped whole, its `traceparent` is kept.
 */
export function createTraceState(serialized = ""): TraceState {
  return parseTraceState(serialized) ?? new TraceStateList(new Map());
}

/** How many members of a `baggage` are read and written, at most: what W3C asks everybody to pass on. */
const MAX_BAGGAGE_MEMBERS = 64;
/** How many bytes of it are read and written, at most (all characters are ASCII). */
const MAX_BAGGAGE_BYTES = 8192;
/** ASCII without controls, space, quotation mark, comma, semicolon and backslash. */
const BAGGAGE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

class BaggageMap implements Baggage {
  readonly #entries: ReadonlyMap<string, BaggageEntry>;

  constructor(entries: ReadonlyMap<string, BaggageEntry>) {
    this.#entries = entries;
  }

  getEntry(key: string): BaggageEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && { ...entry };
  }

  getAllEntries(): [string, BaggageEntry][] {
    return Array.from(this.#entries, ([key, entry]) => [key, { ...entry }]);
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return new BaggageMap(new Map(this.#entries).set(key, { ...entry }));
  }

  removeEntry(key: string): Baggage {
    return this.removeEntries(key);
  }

  removeEntries(...keys: string[]): Baggage {
    const entries = new Map(this.#entries);
    for (const key of keys) entries.delete(key);
    return new BaggageMap(entries);
  }

  clear(): Baggage {
    return new BaggageMap(new Map());
  }
}

/** Properties as they stood between the semicolons. */
class Properties {
  declare readonly __TYPE__: never;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * Reads a `baggage` value. A member that breaks the grammar is dropped whole, and so is one
 * past 64 members or 8,192 bytes. Of a repeated key the last is kept.
 *
 * @returns `undefined` where nothing is left.
 */
export function parseBaggage(value: string): Baggage | undefined {
  const entries = new Map<string, BaggageEntry>();
  const room = new BaggageRoom();
  for (const part of value.split(",")) {
    const member = trimOws(part);
    if (member === "") continue;
    const [pair = "", ...properties] = member.split(";").map(trimOws);
    const { key, value: text } = splitPair(pair);
    if (!TOKEN.test(key) || text === undefined || !BAGGAGE_VALUE.test(text)) continue;
    if (!properties.every(isProperty) || !room.takes(member)) continue;
    const entry: BaggageEntry = { value: percentDecode(text) };
    if (properties.length > 0) entry.metadata = new Properties(properties.join(";"));
    entries.set(key, entry);
  }
  return entries.size > 0 ? new BaggageMap(entries) : undefined;
}

/**
 * Writes a `baggage` value. What has no place in the grammar (a key that is no token, broken
 * properties) and what is past 64 members or 8,192 bytes is left out, whole members only.
 *
 * @returns The empty text where nothing is left.
 */
export function formatBaggage(baggage: Baggage): string {
  const members: string[] = [];
  const room = new BaggageRoom();
  for (const [key, { value, metadata }] of baggage.getAllEntries()) {
    const properties = (metadata?.toString() ?? "").split(";").map(trimOws).filter(Boolean);
    if (!TOKEN.test(key) || !properties.every(isProperty)) continue;
    const encoded = encodeURIComponent(String(value).toWellFormed());
    const member = [`${key}=${encoded}`, ...properties].join(";");
    if (room.takes(member)) members.push(member);
  }
  return members.join(",");
}

/** What is left of W3C's limits for baggage. */
class BaggageRoom {
  #members = MAX_BAGGAGE_MEMBERS;
  #bytes = MAX_BAGGAGE_BYTES + 1; // the first member has no comma

  takes(member: string): boolean {
    if (this.#members === 0 || member.length + 1 > this.#bytes) return false;
    this.#members--;
    this.#bytes -= member.length + 1;
    return true;
  }
}

function isProperty(property: string): boolean {
  const { key, value } = splitPair(property);
  return TOKEN.test(key) && (value === undefined || BAGGAGE_VALUE.test(value));
}

/** Decodes `%XX`; bytes that are not UTF-8 become U+FFFD, a `%` without two digits stays. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes: number[] = [];
    for (let i = 0; i < text.length; i++) {
      const code = /^%[0-9a-f]{2}/i.test(text.slice(i, i + 3));
      bytes.push(code ? parseInt(text.slice(i + 1, i + 3), 16) : text.charCodeAt(i));
      if (code) i += 2;
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
  }
}

/** RFC 9110 `token`: names of headers, keys of baggage. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A text without the spaces and tabs around it. (A pattern would take quadratic time.) */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Splits `key=value` at the first equals sign and trims both; no sign, no value. */
export function splitPair(text: string): { key: string; value: string | undefined } {
  const equals = text.indexOf("=");
  if (equals < 0) return { key: trimOws(text), value: undefined };
  return { key: trimOws(text.slice(0, equals)), value: trimOws(text.slice(equals + 1)) };
}

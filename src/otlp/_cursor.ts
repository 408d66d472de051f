/**
 * A place in bytes of JSON, which is moved on by what stands there.
 *
 * @module
 */
import { type Json, uint64 } from "./_fields.ts";
import { endOfString, parseJson } from "./_parse_json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [ZERO, NINE, MINUS, LOWER_A, LOWER_F] = [0x30, 0x39, 0x2d, 0x61, 0x66];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [SPACE, DELETE] = [0x20, 0x7f];
/** As JSON writes a double. */
const DOUBLE = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
/** Of so many digits, numbers are exact, and nothing is too much for 64 and for 32 bits. */
const [EXACT_DIGITS, UINT64_DIGITS, UINT32_DIGITS] = [15, 19, 9];
/** The digits of a time behind its seconds. */
const LOW_DIGITS = 9;
/** So many digits has the id of a span. */
const SPAN_ID = 16;
/** So many ids are known at a time: those of a span's brothers, and of what they stand under. */
const RECENT = 4;
/** So many bytes are compared at once, as a double: one of ASCII is neither NaN nor zero. */
const EIGHT = 8;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
/** One character for each byte, whatever it is. */
const BYTEWISE = new TextDecoder("latin1");

/** ASCII to be compared with. */
export interface Token {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Prepares ASCII to be compared with. */
export function tokenOf(characters: string): Token {
  const bytes = ENCODER.encode(characters);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Bytes, and as many characters. */
export interface Piece {
  /** What is looked at: a character of a string takes several times as long. */
  readonly bytes: Uint8Array;
  /** What strings are cut from; what is not ASCII in it is not to be read. */
  readonly text: string;
  /** Whether it is what the bytes say in UTF-8; else it has a character for each of them. */
  readonly isUtf8: boolean;
}

/**
 * Makes bytes ready to be read.
 *
 * @param bytes UTF-8, which may end within a character.
 * @param text the same, where it is at hand.
 * @returns both, with the same positions.
 */
export function pieceOf(bytes: Uint8Array, text: string = DECODER.decode(bytes)): Piece {
  const isUtf8 = text.length === bytes.length;
  return { bytes, text: isUtf8 ? text : BYTEWISE.decode(bytes), isUtf8 };
}

/**
 * Reads what stands at its place, and moves behind it. What stands there otherwise is `undefined`,
 * and where the place is then is not told.
 */
export class Cursor {
  /** The place. */
  at = 0;
  #text = "";
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer());
  /** Ids that stood here lately, and where: brothers stand under the same one. */
  readonly #ids: string[] = Array(RECENT).fill("");
  readonly #idsAt: number[] = Array(RECENT).fill(0);
  #lastId = 0;
  readonly #codes: number[] = Array(SPAN_ID).fill(0);

  /** Begins anew, at the beginning of these bytes. */
  open({ text, bytes }: Piece): void {
    this.#text = text;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
    this.#ids.fill("");
    this.#idsAt.fill(0);
  }

  /** How many bytes come. */
  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Passes over what comes next, if it is this. */
  has({ bytes, view }: Token): boolean {
    const from = this.at;
    const { length } = bytes;
    if (from + length > this.#bytes.length) return false;
    const own = this.#view;
    let i = 0;
    for (; i + EIGHT <= length; i += EIGHT) {
      if (own.getFloat64(from + i, true) !== view.getFloat64(i, true)) return false;
    }
    for (; i < length; i++) if (this.#bytes[from + i] !== bytes[i]) return false;
    this.at = from + length;
    return true;
  }

  /** Passes over the same bytes as stand behind an earlier place, and a quote. */
  hasAgain(place: number, length: number): boolean {
    const from = this.at;
    const bytes = this.#bytes;
    if (length === 0 || bytes[from + length] !== QUOTE) return false;
    for (let i = 0; i < length; i++) if (bytes[from + i] !== bytes[place + i]) return false;
    this.at = from + length + 1;
    return true;
  }

  /** ASCII without escapes, and its quote. */
  plain(): string | undefined {
    const from = this.at;
    const bytes = this.#bytes;
    for (let i = from; i < bytes.length; i++) {
      const code = bytes[i] as number;
      if (code === QUOTE) {
        this.at = i + 1;
        return this.#text.substring(from, i);
      }
      if (code === BACKSLASH || code < SPACE || code > DELETE) return undefined;
    }
    return undefined;
  }

  /** An integer that numbers hold, and its quote. */
  integer(): number | undefined {
    const isNegative = this.#bytes[this.at] === MINUS;
    if (isNegative) this.at++;
    const value = this.#digits(EXACT_DIGITS);
    if (value === undefined || this.#bytes[this.at] !== QUOTE) return undefined;
    this.at++;
    return isNegative && value !== 0 ? -value : value;
  }

  /** A double before a `}`. */
  double(): number | undefined {
    const end = this.#text.indexOf("}", this.at);
    const digits = this.#text.substring(this.at, end);
    if (!DOUBLE.test(digits)) return undefined;
    this.at = end;
    return Number(digits);
  }

  /** Nanoseconds since the Unix epoch, and the quote. */
  time(): bigint | undefined {
    const from = this.at;
    const bytes = this.#bytes;
    let end = from;
    while (isDigit(bytes[end])) end++;
    if (end === from || end - from > UINT64_DIGITS || bytes[end] !== QUOTE) return undefined;
    this.at = end + 1;
    let [high, low] = [0, 0];
    for (let i = from; i < end; i++) {
      const digit = (bytes[i] as number) - ZERO;
      if (i < end - LOW_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
    }
    return uint64(high, low);
  }

  /** A whole number without a quote. */
  count(): number | undefined {
    const isZero = this.#bytes[this.at] === ZERO;
    const value = this.#digits(UINT32_DIGITS);
    return isZero && value !== 0 ? undefined : value;
  }

  #digits(most: number): number | undefined {
    const from = this.at;
    const bytes = this.#bytes;
    let value = 0;
    let at = from;
    for (; isDigit(bytes[at]); at++) value = value * 10 + (bytes[at] as number) - ZERO;
    if (at === from || at - from > most) return undefined;
    this.at = at;
    return value;
  }

  /** The id of a span, and its quote; the same string where it stood here a moment ago. */
  spanId(): string | undefined {
    const from = this.at;
    if (this.left > SPAN_ID && this.#bytes[from + SPAN_ID] === QUOTE) {
      const view = this.#view;
      const [high, low] = [view.getFloat64(from), view.getFloat64(from + EIGHT)];
      for (let i = 0; i < RECENT; i++) {
        const before = this.#idsAt[i] as number;
        // What differs, mostly does so at its end.
        if (view.getFloat64(before + EIGHT) !== low || view.getFloat64(before) !== high) continue;
        if (this.#ids[i] === "") continue;
        this.at = from + SPAN_ID + 1;
        return this.#ids[i];
      }
    }
    const id = this.id(SPAN_ID) && this.#copyOf(from);
    if (id !== undefined) {
      this.#lastId = (this.#lastId + 1) % RECENT;
      this.#ids[this.#lastId] = id;
      this.#idsAt[this.#lastId] = from;
    }
    return id;
  }

  /** What is cut from a text is read there, each time, and far from the ids before and behind it. */
  #copyOf(from: number): string {
    for (let i = 0; i < SPAN_ID; i++) this.#codes[i] = this.#bytes[from + i] as number;
    return String.fromCharCode(...this.#codes);
  }

  /** An id of so many digits that is not all zero, and its quote. */
  id(digits: number): string | undefined {
    const from = this.at;
    const end = from + digits;
    const bytes = this.#bytes;
    let some = 0;
    for (let i = from; i < end; i++) {
      const code = bytes[i] ?? 0;
      if (!isDigit(code) && !(code >= LOWER_A && code <= LOWER_F)) return undefined;
      some |= code - ZERO;
    }
    if (some === 0 || bytes[end] !== QUOTE) return undefined;
    this.at = end + 1;
    return this.#text.substring(from, end);
  }

  /** Any object; nothing where it does not end here, and the place is still before it then. */
  object(): Json | undefined {
    const from = this.at;
    const bytes = this.#bytes;
    let depth = 0;
    for (let i = from; i < bytes.length; i++) {
      const code = bytes[i];
      if (code === QUOTE) i = endOfString(bytes, i);
      else if (code === OPEN || code === OPEN_LIST) depth++;
      else if ((code === CLOSE || code === CLOSE_LIST) && --depth === 0) {
        this.at = i + 1;
        return parseJson(DECODER.decode(bytes.subarray(from, i + 1))) as Json;
      }
      if (depth === 0) throw new SyntaxError("no object");
    }
    return undefined;
  }
}

function isDigit(code: number | undefined): code is number {
  return code !== undefined && code >= ZERO && code <= NINE;
}

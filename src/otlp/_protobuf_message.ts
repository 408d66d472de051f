/**
 * The fields of one message in protobuf's wire format
 * (protobuf.dev/programming-guides/encoding).
 *
 * @module
 */

/** How a value is written: its wire type. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const MAX_TAG = 2 ** 32 - 1;
const UINT64_END = 2n ** 64n;
/** The messages that a body may hold: two bytes of a body can be one, which takes fifty here. */
const MAX_MESSAGES = 1_000_000;

// Strings ought to be UTF-8; what is not is replaced, since no span is lost for a bad name. A byte
// order mark is kept, as in JSON.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A message, read field by field: `next()` goes to a field, and one of the others reads its value.
 * What is not read is passed over, but has to be well-formed too.
 *
 * Groups, which were never in OTLP, are an error, and so is a known field of another wire type. OTLP's
 * traces have no repeated numbers, so there are no packed fields.
 */
export class Message {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  /** Of the whole body. */
  readonly #messages: { count: number };
  #at: number;
  #wire = 0;
  /** Where the field's value begins and ends. */
  #from = 0;
  #to = 0;
  /** The number of the field. */
  field = 0;

  /** A whole body, or a part of one, which counts its messages in the same place. */
  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length, messages = { count: 0 }) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
    this.#end = to;
    this.#messages = messages;
  }

  /** Goes to the next field. Returns whether there is one. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.#readNumber("the tag of a field");
    this.field = tag >>> 3;
    this.#wire = tag & 7;
    if (tag > MAX_TAG || this.field === 0) {
      throw flaw("the number of a field", "1 to 536870911", tag);
    }
    this.#from = this.#at;
    this.#to = this.#at = this.#endOfValue();
    return true;
  }

  /** The field's value, a message. */
  message(name: string): Message {
    this.#expect(LENGTH, name);
    if (++this.#messages.count > MAX_MESSAGES) throw flaw("it", `at most ${MAX_MESSAGES} messages`);
    return new Message(this.#bytes, this.#from, this.#to, this.#messages);
  }

  /** The field's value, a copy. */
  bytes(name: string): Uint8Array {
    this.#expect(LENGTH, name);
    return this.#bytes.slice(this.#from, this.#to);
  }

  text(name: string): string {
    this.#expect(LENGTH, name);
    return decoder.decode(this.#bytes.subarray(this.#from, this.#to));
  }

  /** An id of so many bytes, as lower-case hexadecimal digits; `undefined` if absent or all zero. */
  optionalId(name: string, size: number): string | undefined {
    this.#expect(LENGTH, name);
    const length = this.#to - this.#from;
    if (length === 0) return undefined;
    if (length !== size) throw flaw(`'${name}'`, `${size} bytes`, `${length} bytes`);
    const id = this.#bytes.subarray(this.#from, this.#to);
    return id.every((byte) => byte === 0) ? undefined : id.toHex();
  }

  boolean(name: string): boolean {
    return this.#varint(name) !== 0n;
  }

  int64(name: string): bigint {
    return BigInt.asIntN(64, this.#varint(name));
  }

  /** A `uint32` or an enum. Of a longer value the lower 32 bits count, by protobuf's rules. */
  uint32(name: string): number {
    return Number(BigInt.asUintN(32, this.#varint(name)));
  }

  fixed32(name: string): number {
    this.#expect(FIXED32, name);
    return this.#view.getUint32(this.#from, true);
  }

  fixed64(name: string): bigint {
    this.#expect(FIXED64, name);
    return this.#view.getBigUint64(this.#from, true);
  }

  double(name: string): number {
    this.#expect(FIXED64, name);
    return this.#view.getFloat64(this.#from, true);
  }

  #varint(name: string): bigint {
    this.#expect(VARINT, name);
    return readVarint(this.#bytes, this.#from, this.#to);
  }

  #expect(wire: number, name: string): void {
    if (this.#wire !== wire) throw flaw(`'${name}'`, `of wire type ${wire}`, this.#wire);
  }

  /** Where the value of the field ends that begins here. */
  #endOfValue(): number {
    switch (this.#wire) {
      case VARINT:
        return this.#endOfVarint();
      case FIXED64:
        return this.#after(8);
      case LENGTH: {
        const length = this.#readNumber("the length of a field");
        this.#from = this.#at;
        return this.#after(length);
      }
      case FIXED32:
        return this.#after(4);
      default:
        throw flaw("a field", "of wire type 0, 1, 2 or 5", this.#wire);
    }
  }

  #after(length: number): number {
    if (length > this.#end - this.#at) throw flaw("a field", "whole", `cut off`);
    return this.#at + length;
  }

  #endOfVarint(): number {
    for (let at = this.#at; at < this.#end; at++) {
      if ((this.#bytes[at] ?? 0) < 0x80) {
        readVarint(this.#bytes, this.#at, at + 1);
        return at + 1;
      }
    }
    throw flaw("a varint", "whole", "cut off");
  }

  /** A tag or a length. One beyond 2^53 is not exact, and too great in any case. */
  #readNumber(what: string): number {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 0x80 && this.#at < this.#end) {
      this.#at++;
      return first;
    }
    if (this.#at === this.#end) throw flaw(what, "whole", "cut off");
    const end = this.#endOfVarint();
    const value = readVarint(this.#bytes, this.#at, end);
    this.#at = end;
    return Number(value);
  }
}

/** A varint that ends at `to`: seven bits of the value in each byte, the lowest first. */
function readVarint(bytes: Uint8Array, from: number, to: number): bigint {
  if (to - from > 10) throw flaw("a varint", "at most 10 bytes");
  let value = 0n;
  for (let at = to - 1; at >= from; at--) value = value << 7n | BigInt((bytes[at] ?? 0) & 0x7f);
  if (value >= UINT64_END) throw flaw("a varint", "below 2^64");
  return value;
}

/** The error for a body that breaks a rule, in one line. */
export function flaw(subject: string, rule: string, value?: string | number): TypeError {
  const current = value === undefined ? "" : `: current value is ${value}`;
  return new TypeError(`Cannot decode OTLP/protobuf as ${subject} must be ${rule}${current}`);
}

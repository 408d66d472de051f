/** OTLP's traces in protobuf, rewritten in place: only values of a fixed size change. */

/** Where the messages with times and ids are: field number to what is in it. */
interface Fields {
  readonly inside?: Readonly<Record<number, Fields>>;
  readonly times?: readonly number[];
  readonly traceIds?: readonly number[];
  readonly spanIds?: readonly number[];
}

/** `ExportTraceServiceRequest` ⊃ `ResourceSpans` ⊃ `ScopeSpans` ⊃ `Span` ⊃ `Event`. */
const EVENT: Fields = { times: [1] };
const SPAN: Fields = { times: [7, 8], traceIds: [1], spanIds: [4], inside: { 11: EVENT } };
const REQUEST: Fields = { inside: { 1: { inside: { 2: { inside: { 2: SPAN } } } } } };

const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** What is put in place of what. */
export interface Rewriting {
  /** The new time for an old one, in nanoseconds since the Unix epoch. */
  readonly time: (nanoseconds: bigint) => bigint;
  /** The new id for an old one, in hexadecimal digits, for trace ids and parents' span ids. */
  readonly id: (id: string) => string;
}

/** A copy of a body with other times and ids. */
export function rewriteBody(
  body: Uint8Array,
  rewriting: Rewriting,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(body);
  rewrite(copy, REQUEST, rewriting);
  return copy;
}

function rewrite(bytes: Uint8Array, fields: Fields, rewriting: Rewriting): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    const tag = varint();
    const field = tag >>> 3;
    switch (tag & 7) {
      case FIXED64:
        if (fields.times?.includes(field)) {
          view.setBigUint64(at, rewriting.time(view.getBigUint64(at, true)), true);
        }
        at += 8;
        break;
      case LENGTH: {
        const length = varint();
        const value = bytes.subarray(at, at + length);
        const inside = fields.inside?.[field];
        if (inside) rewrite(value, inside, rewriting);
        if (fields.traceIds?.includes(field) || fields.spanIds?.includes(field)) {
          value.set(fromHex(rewriting.id(toHex(value))));
        }
        at += length;
        break;
      }
      case FIXED32:
        at += 4;
        break;
      default:
        varint();
    }
  }

  function varint(): number {
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): number[] {
  return (text.match(/../g) ?? []).map((digits) => parseInt(digits, 16));
}

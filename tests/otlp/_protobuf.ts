/** Writes protobuf, so that a test can say what stands in a body. */
import type { RecordAttributes, RecordValue, SpanRecord } from "../../src/trace/record.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export function concat(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A varint, in more bytes than it needs if `size` says so. */
export function varint(value: bigint | number, size = 0): Bytes {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n || bytes.length === 0; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn));
  }
  while (bytes.length < size) bytes.push(0);
  return new Uint8Array(bytes.map((byte, i) => i < bytes.length - 1 ? byte | 0x80 : byte));
}

export function tag(field: number, wire: number): Bytes {
  return varint(BigInt(field) << 3n | BigInt(wire));
}

/** A field that is a varint. */
export function number(field: number, value: bigint | number): Bytes {
  return concat([tag(field, 0), varint(value)]);
}

/** A field of text, bytes, or a message of these fields. */
export function field(number: number, value: string | Uint8Array | readonly Uint8Array[]): Bytes {
  const bytes = typeof value === "string"
    ? new TextEncoder().encode(value)
    : value instanceof Uint8Array
    ? value
    : concat(value);
  return concat([tag(number, 2), varint(bytes.length), bytes]);
}

export function fixed64(number: number, value: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return concat([tag(number, 1), bytes]);
}

export function double(number: number, value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return concat([tag(number, 1), bytes]);
}

export function fixed32(number: number, value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return concat([tag(number, 5), bytes]);
}

/** The fields of an `AnyValue`. */
export function anyValue(value: RecordValue): Bytes[] {
  if (value === null) return [];
  switch (typeof value) {
    case "string":
      return [field(1, value)];
    case "boolean":
      return [number(2, Number(value))];
    case "bigint":
      return [number(3, value)];
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? [number(3, value)]
        : [double(4, value)];
  }
  if (value instanceof Uint8Array) return [field(7, value)];
  if (Array.isArray(value)) return [field(5, value.map((item) => field(1, anyValue(item))))];
  return [field(6, attributes(1, value as RecordAttributes))];
}

function attributes(number: number, map: RecordAttributes = {}): Bytes[] {
  return Object.entries(map).map(([key, value]) =>
    field(number, [field(1, key), field(2, anyValue(value))])
  );
}

/** The fields of a `Span`. */
export function spanFields(span: SpanRecord): Bytes[] {
  return [
    field(1, Uint8Array.fromHex(span.traceId)),
    field(2, Uint8Array.fromHex(span.spanId)),
    field(3, span.traceState ?? ""),
    field(4, Uint8Array.fromHex(span.parentSpanId ?? "")),
    field(5, span.name),
    number(6, span.kind),
    fixed64(7, span.startTimeUnixNano),
    fixed64(8, span.endTimeUnixNano ?? 0n),
    ...attributes(9, span.attributes),
    number(10, span.droppedAttributesCount ?? 0),
    ...(span.events ?? []).map((event) =>
      field(11, [
        fixed64(1, event.timeUnixNano),
        field(2, event.name),
        ...attributes(3, event.attributes),
        number(4, event.droppedAttributesCount ?? 0),
      ])
    ),
    number(12, span.droppedEventsCount ?? 0),
    ...(span.links ?? []).map((link) =>
      field(13, [
        field(1, Uint8Array.fromHex(link.traceId)),
        field(2, Uint8Array.fromHex(link.spanId)),
        field(3, link.traceState ?? ""),
        ...attributes(4, link.attributes),
        number(5, link.droppedAttributesCount ?? 0),
        fixed32(6, link.flags ?? 0),
      ])
    ),
    number(14, span.droppedLinksCount ?? 0),
    field(15, [field(2, span.status.message ?? ""), number(3, span.status.code)]),
    fixed32(16, span.flags),
  ];
}

/** A body of spans, each with its resource and scope, in any order. */
export function encodeTraces(spans: readonly SpanRecord[]): Bytes {
  return concat(spans.map((span) => {
    const { resource, scope } = span;
    return field(1, [
      field(1, [
        ...attributes(1, resource.attributes),
        number(2, resource.droppedAttributesCount ?? 0),
      ]),
      field(2, [
        field(1, [
          field(1, scope.name),
          field(2, scope.version ?? ""),
          ...attributes(3, scope.attributes),
          number(4, scope.droppedAttributesCount ?? 0),
        ]),
        field(2, spanFields(span)),
        field(3, scope.schemaUrl ?? ""),
      ]),
      field(3, resource.schemaUrl ?? ""),
    ]);
  }));
}

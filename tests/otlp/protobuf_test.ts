import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { decodeTraces as decodeJson } from "../../src/otlp/json.ts";
import { decodeTraces } from "../../src/otlp/protobuf.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { capturedBodies } from "./_captures.ts";
import {
  anyValue,
  concat,
  double,
  encodeTraces,
  field,
  fixed32,
  fixed64,
  number,
  spanFields,
  tag,
  varint,
} from "./_protobuf.ts";
import { recordArbitraries } from "./_records.ts";

/** Seeds are fixed so that a failure comes again. */
const RUNS = { seed: 20261128, numRuns: 300 };
const wellFormed = recordArbitraries(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("\uFEFFmark", "__proto__", "7"),
  ),
);

const BASE: SpanRecord = {
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  flags: 0,
  name: "n",
  kind: 0,
  startTimeUnixNano: 1n,
  attributes: {},
  status: { code: 0 },
  resource: { attributes: {} },
  scope: { name: "" },
};

/** A body of one span of these fields. */
function span(...fields: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return field(1, [field(2, [field(2, fields)])]);
}

/** A body of one span with an attribute of this `AnyValue`. */
function value(...any: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return span(...spanFields(BASE), field(9, [field(1, "a"), field(2, any)]));
}

function decodeValue(...any: Uint8Array[]) {
  return decodeTraces(value(...any))[0]?.attributes.a;
}

/** That a body is refused, with the one kind of error, of one line. */
function assertFlaw(body: Uint8Array, reason: string): void {
  const { message } = assertThrows(() => decodeTraces(body), TypeError, reason);
  assertStringIncludes(message, "Cannot decode OTLP/protobuf as ");
  assert(!message.includes("\n"));
}

Deno.test("decodeTraces() gives what OTLP/JSON gives when real vLLM sent it", () => {
  const bodies = capturedBodies();
  for (const { protobuf, json } of bodies) assertEquals(decodeTraces(protobuf), decodeJson(json));
  assertEquals(bodies.length, 60);
});

Deno.test("decodeTraces() gives back the records when they have everything that a span can have", () => {
  fc.assert(
    fc.property(wellFormed.spans, (spans) => {
      assertEquals(decodeTraces(encodeTraces(spans)), spans);
    }),
    RUNS,
  );
});

Deno.test("decodeTraces() throws nothing but its own error when a body is any bytes", () => {
  const wires = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 7 }))
    .map(([field, wire]) => tag(field, wire));
  const bytes = fc.uint8Array({ maxLength: 40 });
  const nested = fc.letrec<{ body: Uint8Array }>((tie) => ({
    body: fc.oneof(
      { depthSize: "large" },
      bytes,
      fc.tuple(fc.integer({ min: 1, max: 16 }), tie("body")).map(([n, body]) => field(n, body)),
      fc.tuple(wires, tie("body")).map(concat),
      fc.tuple(tie("body"), tie("body")).map(concat),
    ),
  })).body;
  fc.assert(
    fc.property(fc.oneof(bytes, nested), (body) => {
      try {
        decodeTraces(body);
      } catch (error) {
        assertInstanceOf(error, TypeError);
        assertStringIncludes(error.message, "Cannot decode OTLP/protobuf as ");
      }
    }),
    { ...RUNS, numRuns: 3_000 },
  );
});

Deno.test("decodeTraces() throws when a real body is cut off anywhere within its only field", () => {
  const [body] = capturedBodies();
  assert(body);
  for (let length = 1; length < body.protobuf.length; length++) {
    assertFlaw(body.protobuf.subarray(0, length), "must be whole: current value is cut off");
  }
  assertEquals(decodeTraces(body.protobuf.subarray(0, 0)), []);
});

Deno.test("decodeTraces() reads a body that is a part of a larger buffer, and keeps nothing of it", () => {
  const body = value(field(7, new Uint8Array([1, 2])));
  const buffer = concat([new Uint8Array(3).fill(255), body, new Uint8Array(3).fill(255)]);
  const [read] = decodeTraces(buffer.subarray(3, 3 + body.length));
  buffer.fill(0);
  assertEquals(read, { ...BASE, attributes: { a: new Uint8Array([1, 2]) } });
});

Deno.test("decodeTraces() passes over unknown fields of every wire type, everywhere", () => {
  const unknown = [
    number(900, 2n ** 64n - 1n),
    fixed64(901, 1n),
    field(902, "entity"),
    fixed32(536_870_911, 1),
  ];
  const any = [...unknown, ...anyValue(["x"]), ...unknown];
  const body = concat([
    ...unknown,
    field(1, [
      ...unknown,
      field(1, [...unknown, field(1, [field(1, "r"), field(2, any), ...unknown])]),
      field(2, [
        ...unknown,
        field(1, [...unknown, field(1, "scope")]),
        field(2, [
          ...unknown,
          ...spanFields(BASE),
          field(11, [...unknown, field(2, "event")]),
          field(13, [...unknown]),
          field(15, [...unknown]),
        ]),
      ]),
    ]),
  ]);
  assertEquals(decodeTraces(body), [{
    ...BASE,
    events: [{ timeUnixNano: 0n, name: "event" }],
    links: [{ traceId: "0".repeat(32), spanId: "0".repeat(16) }],
    resource: { attributes: { r: ["x"] } },
    scope: { name: "scope" },
  }]);
});

Deno.test("decodeTraces() takes fields in any order, and messages in several parts", () => {
  const attribute = (key: string, text: string) =>
    field(1, [field(1, key), field(2, anyValue(text))]);
  const body = field(1, [
    field(2, [field(2, spanFields(BASE).reverse()), field(1, [field(1, "first")])]),
    field(1, [attribute("a", "1"), attribute("b", "2")]),
    field(1, [attribute("b", "3"), number(2, 4)]),
  ]);
  assertEquals(decodeTraces(body), [{
    ...BASE,
    resource: { attributes: { a: "1", b: "3" }, droppedAttributesCount: 4 },
    scope: { name: "first" },
  }]);
});

Deno.test("decodeTraces() lets spans of one resource and scope share one object each", () => {
  const body = field(1, [field(2, [field(2, spanFields(BASE)), field(2, spanFields(BASE))])]);
  const [first, second] = decodeTraces(body);
  assertStrictEquals(first?.resource, second?.resource);
  assertStrictEquals(first?.scope, second?.scope);
});

Deno.test("decodeTraces() reads varints as protobuf does when they are longer than they need be", () => {
  assertEquals(decodeValue(concat([tag(3, 0), varint(5, 10)])), 5);
  assertEquals(decodeValue(concat([varint(3 << 3, 5), varint(5)])), 5);
  assertEquals(decodeValue(concat([varint(1 << 3 | 2, 3), varint(1, 10), varint(97)])), "a");
  assertEquals(decodeValue(number(2, 2n ** 40n)), true);
  const [long] = decodeTraces(span(...spanFields(BASE), number(6, 2n ** 32n + 3n)));
  assertEquals(long?.kind, 3);
});

Deno.test("decodeTraces() reads every kind of value, to its limits", () => {
  assertEquals(decodeValue(), null);
  assertEquals(decodeValue(number(3, -1n)), -1);
  assertEquals(decodeValue(number(3, 2n ** 53n - 1n)), Number.MAX_SAFE_INTEGER);
  assertEquals(decodeValue(number(3, 2n ** 53n)), 2n ** 53n);
  assertEquals(decodeValue(number(3, 2n ** 63n)), -(2n ** 63n));
  assertEquals(decodeValue(double(4, -0)), -0);
  assertEquals(decodeValue(double(4, Infinity)), Infinity);
  assertEquals(decodeValue(double(4, NaN)), NaN);
  assertEquals(decodeValue(field(1, new Uint8Array([0x61, 0xff, 0x62]))), "a\uFFFDb");
  assertEquals(decodeValue(field(5, [])), []);
  assertEquals(decodeValue(field(6, [])), {});
  assertEquals(decodeValue(...anyValue("not this"), ...anyValue(1)), 1);
});

Deno.test("decodeTraces() throws when values are nested more than 100 deep, as arrays or maps", () => {
  for (
    const wrap of [
      (any: Uint8Array) => field(5, [field(1, any)]),
      (any: Uint8Array) => field(6, [field(1, [field(2, any)])]),
    ]
  ) {
    let any = number(3, 1);
    for (let depth = 0; depth < 100; depth++) any = wrap(any);
    assertEquals(decodeTraces(value(any)).length, 1);
    assertFlaw(value(wrap(any)), "'attribute.value' must be at most 100 deep");
    for (let depth = 0; depth < 1_000; depth++) any = wrap(any);
    assertFlaw(value(any), "'attribute.value' must be at most 100 deep");
  }
});

Deno.test("decodeTraces() throws when a body has more than a million messages", () => {
  const events = field(11, []);
  const many = concat([
    ...spanFields(BASE),
    new Uint8Array(2_000_000).map((_, i) => events[i % 2] ?? 0),
  ]);
  assertFlaw(span(many), "it must be at most 1000000 messages");
});

Deno.test("decodeTraces() throws when ids are missing, zero or of another length", () => {
  const [traceId, spanId, ...rest] = spanFields(BASE) as [Uint8Array, Uint8Array, ...Uint8Array[]];
  const id = (number: number, size: number, byte = 1) =>
    field(number, new Uint8Array(size).fill(byte));
  assertFlaw(span(spanId, ...rest), "'span.traceId' must be 16 bytes, not all zero");
  assertFlaw(span(traceId, ...rest), "'span.spanId' must be 8 bytes, not all zero");
  assertFlaw(span(id(1, 16, 0), spanId), "'span.traceId' must be 16 bytes, not all zero");
  assertFlaw(span(traceId, id(2, 8, 0)), "'span.spanId' must be 8 bytes, not all zero");
  assertFlaw(span(id(1, 15)), "'span.traceId' must be 16 bytes: current value is 15 bytes");
  assertFlaw(span(id(2, 9)), "'span.spanId' must be 8 bytes: current value is 9 bytes");
  assertFlaw(span(id(4, 16)), "'span.parentSpanId' must be 8 bytes: current value is 16 bytes");
  assertFlaw(
    span(field(13, [id(1, 1)])),
    "'link.traceId' must be 16 bytes: current value is 1 bytes",
  );
  const [root] = decodeTraces(span(traceId, spanId, ...rest, id(4, 8, 0)));
  assertEquals(root, BASE);
});

Deno.test("decodeTraces() throws when the wire format is broken", () => {
  const huge = 2n ** 63n;
  for (
    const [body, reason] of [
      [tag(1, 3), "a field must be of wire type 0, 1, 2 or 5: current value is 3"],
      [concat([tag(99, 3), tag(99, 4)]), "a field must be of wire type 0, 1, 2 or 5"],
      [tag(1, 4), "current value is 4"],
      [tag(1, 6), "current value is 6"],
      [tag(1, 7), "current value is 7"],
      [field(0, ""), "the number of a field must be 1 to 536870911"],
      [
        concat([varint(2n ** 32n + 10n), varint(0)]),
        "the number of a field must be 1 to 536870911",
      ],
      [number(1, 0), "'resourceSpans' must be of wire type 2: current value is 0"],
      [span(number(5, 1)), "'span.name' must be of wire type 2: current value is 0"],
      [span(number(7, 1)), "'span.startTimeUnixNano' must be of wire type 1: current value is 0"],
      [span(field(6, "1")), "'span.kind' must be of wire type 0: current value is 2"],
      [span(number(16, 1)), "'span.flags' must be of wire type 5: current value is 0"],
      [value(fixed64(3, 1n)), "'intValue' must be of wire type 0: current value is 1"],
      [concat([tag(1, 2), varint(huge)]), "a field must be whole"],
      [concat([tag(1, 2), varint(5), varint(0)]), "a field must be whole"],
      [concat([tag(99, 0), new Uint8Array(10).fill(0x80)]), "a varint must be whole"],
      [concat([tag(99, 0), varint(0, 11)]), "a varint must be at most 10 bytes"],
      [
        concat([tag(99, 0), new Uint8Array(9).fill(0xff), varint(2)]),
        "a varint must be below 2^64",
      ],
      [new Uint8Array(100).fill(0xff), "a varint must be whole"],
      // A message within one must not reach beyond it.
      [concat([field(1, [tag(2, 2), varint(20)]), field(99, "x".repeat(20))]), "must be whole"],
    ] as const
  ) {
    assertFlaw(body, reason);
  }
});

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  attributesFromWire,
  decodeMessage,
  encodeHello,
  encodeReady,
  encodeSpan,
  resourceFromWire,
  spanFromWire,
  UP_LIMIT,
} from "../../src/launch/_message.ts";
import type { RecordValue, SpanRecord } from "../../src/trace/record.ts";

const RESOURCE = { attributes: { "process.pid": 1 } };

const RECORD: SpanRecord = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  traceState: "a=1,b=2",
  flags: 0x301,
  name: "load “weights”\n",
  kind: 3,
  startTimeUnixNano: 1_795_000_000_123_456_789n,
  endTimeUnixNano: 1_795_000_000_123_456_790n,
  attributes: {
    text: "ü",
    int: 3,
    double: 0.1,
    yes: true,
    none: null,
    huge: 2n ** 63n,
    minusZero: -0,
    notANumber: NaN,
    infinite: -Infinity,
    bytes: new Uint8Array([0, 255]),
    list: ["a", 1n, [NaN]],
    map: { int: "1", nested: { double: "x" }, ["__proto__"]: 1 },
  },
  droppedAttributesCount: 1,
  events: [{ timeUnixNano: 5n, name: "e", attributes: { a: 1 }, droppedAttributesCount: 2 }],
  droppedEventsCount: 3,
  links: [{
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    traceState: "x=y",
    attributes: { b: 2 },
    flags: 0x100,
  }],
  droppedLinksCount: 4,
  status: { code: 2, message: "no" },
  resource: RESOURCE,
  scope: { name: "s", version: "1", attributes: { c: 3 }, schemaUrl: "https://s" },
};

/** A record with nothing that it need not have. */
const PLAIN: SpanRecord = {
  traceId: RECORD.traceId,
  spanId: RECORD.spanId,
  flags: 0x101,
  name: "plain",
  kind: 1,
  startTimeUnixNano: 1n,
  attributes: {},
  status: { code: 0 },
  resource: RESOURCE,
  scope: { name: "s" },
};

/** The record that arrives, and the message it came in. */
function sent(record: SpanRecord, pid?: number) {
  const line = encodeSpan("end", record, pid);
  assert(line.length <= UP_LIMIT, String(line.length));
  assertEquals(line.indexOf(10), line.length - 1);
  const message = decodeMessage(line.subarray(0, -1));
  return { message, record: spanFromWire(message?.span, RESOURCE) };
}

Deno.test("encodeSpan() loses nothing of a record that fits", () => {
  assertEquals(sent(RECORD).record, RECORD);
  assertEquals(sent(PLAIN).record, PLAIN);
  assertEquals(sent(RECORD).message?.coldtrace, "end");
  assertEquals([sent(PLAIN).message?.pid, sent(PLAIN, 7).message?.pid], [Deno.pid, 7]);
});

Deno.test("encodeSpan() leaves out the largest attributes first, and counts them", () => {
  const attributes = { a: "a".repeat(3000), b: "b".repeat(2000), c: "c".repeat(1500), d: 1 };
  const { record } = sent({ ...PLAIN, attributes });
  assertEquals(Object.keys(record.attributes), ["b", "c", "d"]);
  assertEquals(record.droppedAttributesCount, 1);
});

Deno.test("encodeSpan() leaves out what is large of events before events, and those before small attributes", () => {
  const exception = {
    name: "exception",
    timeUnixNano: 1n,
    attributes: { "exception.message": "why", "exception.stacktrace": "s".repeat(9000) },
  };
  const one = sent({ ...PLAIN, events: [exception] }).record.events;
  assertEquals(one, [{
    name: "exception",
    timeUnixNano: 1n,
    attributes: { "exception.message": "why" },
    droppedAttributesCount: 1,
  }]);
  const events = Array.from({ length: 128 }, (_, i) => ({ name: `event ${i}`, timeUnixNano: 1n }));
  const links = Array.from(
    { length: 128 },
    () => ({ traceId: "1".repeat(32), spanId: "2".repeat(16) }),
  );
  const { record } = sent({ ...PLAIN, attributes: { small: 1 }, events, links });
  assertEquals(record.attributes, { small: 1 });
  assertEquals((record.events?.length ?? 0) + (record.droppedEventsCount ?? 0), 128);
  assertEquals((record.links?.length ?? 0) + (record.droppedLinksCount ?? 0), 128);
  assert((record.events?.length ?? 0) > 10);
});

Deno.test("encodeSpan() keeps to the limit whatever a record holds", () => {
  const long = "\u0001\u{1f525}".repeat(5000);
  const { record } = sent({
    ...RECORD,
    name: long,
    traceState: long,
    attributes: { [long]: 1, x: long },
    events: [{ name: long, timeUnixNano: 1n }],
    status: { code: 2, message: long },
    scope: { name: long, version: long, schemaUrl: long, attributes: { y: long } },
  });
  assertEquals(record.droppedAttributesCount, 3);
  assert(long.startsWith(record.name));
});

Deno.test("encodeSpan() cuts no character of a name in half", () => {
  for (const padding of ["", "x"]) {
    const long = padding + "\u{1F600}".repeat(2000);
    const line = encodeSpan("end", { ...PLAIN, name: long, scope: { name: long } });
    const { name, scope } = JSON.parse(new TextDecoder().decode(line)).span;
    assert(name.isWellFormed() && scope.name.isWellFormed());
    assertEquals([name.length, scope.name.length], [200 - padding.length, 100 - padding.length]);
  }
});

Deno.test("spanFromWire() refuses what is no span", () => {
  const { message } = sent(RECORD);
  const span = message?.span as Record<string, never>;
  spanFromWire(span, RESOURCE);
  const wrong: [string, unknown][] = [
    ["traceId", "0".repeat(32)],
    ["traceId", "A".repeat(32)],
    ["traceId", "1".repeat(31)],
    ["spanId", 7],
    ["parentSpanId", "0".repeat(16)],
    ["name", undefined],
    ["kind", -1],
    ["kind", 1.5],
    ["flags", "1"],
    ["start", 1],
    ["start", "-1"],
    ["start", "9".repeat(30)],
    ["end", "soon"],
    ["attributes", []],
    ["attributes", { a: { unknown: 1 } }],
    ["attributes", { a: { int: "x" } }],
    ["events", {}],
    ["events", [null]],
    ["links", [{ traceId: "1".repeat(32) }]],
    ["status", null],
    ["status", {}],
    ["scope", "s"],
    ["scope", {}],
  ];
  for (const [key, value] of wrong) {
    assertThrows(() => spanFromWire({ ...span, [key]: value as never }, RESOURCE), Error);
  }
  for (const value of [undefined, null, [], "span", 1]) {
    assertThrows(() => spanFromWire(value, RESOURCE), TypeError);
  }
});

Deno.test("encodeHello() tells who a process is, and leaves out what is too large", () => {
  const resource = {
    attributes: { "service.name": "s", "process.pid": 7, big: "x".repeat(5000) },
    schemaUrl: "https://s",
  };
  const line = encodeHello({ pid: 7, timeOrigin: 5n, resource });
  assert(line.length <= UP_LIMIT);
  const message = decodeMessage(line.subarray(0, -1));
  assertEquals([message?.coldtrace, message?.pid, message?.timeOrigin], ["hello", 7, "5"]);
  assertEquals(resourceFromWire(message?.resource), {
    attributes: { "service.name": "s", "process.pid": 7 },
    droppedAttributesCount: 1,
    schemaUrl: "https://s",
  });
});

Deno.test("encodeReady() keeps the attributes as they are", () => {
  const attributes: Record<string, RecordValue> = { a: 0.5, b: 2n ** 60n, c: ["x"] };
  const message = decodeMessage(encodeReady(9n, attributes).subarray(0, -1));
  assertEquals([message?.coldtrace, message?.time], ["ready", "9"]);
  assertEquals(attributesFromWire(message?.attributes), attributes);
});

Deno.test("decodeMessage() returns undefined for what is no JSON", () => {
  for (const text of ['{"coldtrace":"end"', '{"coldtrace":"\ud800', ""]) {
    assertEquals(decodeMessage(new TextEncoder().encode(text)), undefined);
  }
});

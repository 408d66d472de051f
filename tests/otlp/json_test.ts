import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { decodeTraces, encodeTraces } from "../../src/otlp/json.ts";
import type { RecordValue, SpanRecord } from "../../src/trace/record.ts";
import { recordArbitraries } from "./_records.ts";

/** Seeds are fixed so that a failure comes again. */
const RUNS = { seed: 20261123, numRuns: 300 };
const wellFormed = recordArbitraries(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }),
    fc.constantFrom("\b\f\\b", "\\", "__proto__", "7"),
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

async function testdata(name: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(`../testdata/otlp/${name}`, import.meta.url));
  return text.split("\n").filter((line) => line !== "");
}

function recode(line: string): string {
  return encodeTraces(decodeTraces(line));
}

/** The value of the one attribute `v` of a span that is encoded, as text. */
function encodedValue(value: RecordValue): string {
  const line = encodeTraces([{ ...BASE, attributes: { v: value } }]);
  return /"attributes":\[\{"key":"v","value":(.*)\}\],"status"/s.exec(line)?.[1] ?? line;
}

/** A line with one span that has these fields besides its ids. */
function lineWith(fields: string, ids = `"traceId":"${BASE.traceId}","spanId":"${BASE.spanId}"`) {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[{${ids}${fields}}]}]}]}`;
}

function decodeOne(line: string): SpanRecord {
  const [span, ...others] = decodeTraces(line);
  assert(span !== undefined && others.length === 0);
  return span;
}

Deno.test("encodeTraces() gives the Collector's bytes when it reads the Collector's file", async () => {
  for (const line of await testdata("sample-collector-v0.162-traces.jsonl")) {
    assertStrictEquals(recode(line), line);
  }
});

Deno.test("encodeTraces() gives what the Collector made of its lines when it sent them", async () => {
  const lines = await testdata("collector-v0.162-received-from-coldtrace.jsonl");
  assertEquals(lines.length, 60);
  for (const line of lines) assertStrictEquals(recode(line), line);
});

Deno.test("encodeTraces() differs by ints and entityRefs alone when a record cannot hold them", async () => {
  const [probe = ""] = await testdata("sample-collector-probe-out.jsonl");
  assertStrictEquals(recode(probe), probe.replace('{"doubleValue":2}', '{"intValue":"2"}'));
  const [order = ""] = await testdata("sample-key-order.jsonl");
  assertStrictEquals(
    recode(order),
    order.replace(',"entityRefs":[{"type":"service","idKeys":["service.name"]}]', ""),
  );
});

Deno.test("decodeTraces() reads as the Collector does when the form is loose", async () => {
  const input = (await testdata("sample-probe-in.json")).join("\n");
  const [output = ""] = await testdata("sample-collector-probe-out.jsonl");
  assertEquals(decodeTraces(input), decodeTraces(output));
});

Deno.test("decodeTraces() gives back the record when encodeTraces() wrote it", () => {
  fc.assert(
    fc.property(wellFormed.span, (span) => {
      const line = encodeTraces([span]);
      assert(!line.includes("\n"));
      assertEquals(decodeTraces(line), [span]);
    }),
    RUNS,
  );
});

Deno.test("decodeTraces() gives records by resource and scope, otherwise in order, when there are many", () => {
  fc.assert(
    fc.property(wellFormed.spans, (spans) => {
      const text = (part: unknown) =>
        Deno.inspect(part, { depth: 99, compact: true, sorted: false, strAbbreviateSize: 999 });
      const groups = new Map<string, Map<string, SpanRecord[]>>();
      for (const span of spans) {
        const scopes = groups.get(text(span.resource)) ?? new Map<string, SpanRecord[]>();
        groups.set(text(span.resource), scopes);
        const own = scopes.get(text(span.scope)) ?? [];
        scopes.set(text(span.scope), own);
        own.push(span);
      }
      const expected = [...groups.values()].flatMap((scopes) => [...scopes.values()].flat());
      const decoded = decodeTraces(encodeTraces(spans));
      assertEquals(decoded, expected);
      assertEquals(new Set(decoded.map((span) => span.resource)).size, groups.size);
    }),
    RUNS,
  );
});

Deno.test("encodeTraces() is stable when texts are no UTF-16", () => {
  const any = recordArbitraries(
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
      .map((units) => String.fromCharCode(...units)),
  );
  fc.assert(
    fc.property(any.span, (span) => {
      const line = encodeTraces([span]);
      assert(line.isWellFormed());
      assertStrictEquals(recode(line), line);
    }),
    RUNS,
  );
});

Deno.test("encodeTraces() leaves out what is zero or empty", () => {
  assertStrictEquals(encodeTraces([]), "{}");
  assertStrictEquals(
    encodeTraces([{
      ...BASE,
      name: "",
      traceState: "",
      parentSpanId: "0".repeat(16),
      events: [],
      links: [{ traceId: "0".repeat(32), spanId: "0".repeat(16) }],
      droppedLinksCount: 0,
    }]),
    `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"${BASE.traceId}",` +
      `"spanId":"${BASE.spanId}","startTimeUnixNano":"1","links":[{}],"status":{}}]}]}]}`,
  );
});

Deno.test("encodeTraces() writes values as the Collector does when JSON.stringify does not", () => {
  const cases: [RecordValue, string][] = [
    [0, '{"intValue":"0"}'],
    [-5, '{"intValue":"-5"}'],
    [2 ** 53, '{"doubleValue":9007199254740992}'],
    [2n ** 63n - 1n, '{"intValue":"9223372036854775807"}'],
    [2n ** 63n, '{"stringValue":"9223372036854775808"}'],
    [1.5, '{"doubleValue":1.5}'],
    [1e300, '{"doubleValue":1e+300}'],
    [1e-7, '{"doubleValue":1e-07}'],
    [-1.25e-9, '{"doubleValue":-1.25e-09}'],
    [1e-10, '{"doubleValue":1e-10}'],
    [0.000001, '{"doubleValue":0.000001}'],
    [-0, '{"doubleValue":-0}'],
    [NaN, '{"doubleValue":"NaN"}'],
    [-Infinity, '{"doubleValue":"-Infinity"}'],
    ["", '{"stringValue":""}'],
    [
      "\b\f\n\\b\\f\u0001\u007f\u2028<&>é",
      '{"stringValue":"\\u0008\\u000c\\n\\\\b\\\\f\\u0001\u007f\u2028<&>é"}',
    ],
    ["a\ud800b\udc00😀", '{"stringValue":"a\ufffdb\ufffd😀"}'],
    ["\\ud800", '{"stringValue":"\\\\ud800"}'],
    ["1e-7", '{"stringValue":"1e-7"}'],
    [false, '{"boolValue":false}'],
    [null, "{}"],
    [new Uint8Array([0, 255, 254]), '{"bytesValue":"AP/+"}'],
    [[], '{"arrayValue":{}}'],
    [[null, "x"], '{"arrayValue":{"values":[{},{"stringValue":"x"}]}}'],
    [{}, '{"kvlistValue":{}}'],
    [{ "": true }, '{"kvlistValue":{"values":[{"value":{"boolValue":true}}]}}'],
  ];
  for (const [value, expected] of cases) assertStrictEquals(encodedValue(value), expected);
});

Deno.test("encodeTraces() joins spans when their resources and scopes are equal", () => {
  const copy = (span: SpanRecord, spanId: string) => ({ ...structuredClone(span), spanId });
  const other = { ...copy(BASE, "3".repeat(16)), scope: { name: "other" } };
  const line = encodeTraces([BASE, other, copy(BASE, "2".repeat(16)), copy(other, "4".repeat(16))]);
  assertEquals(line.match(/"resource"/g)?.length, 1);
  assertEquals(line.match(/"scope"/g)?.length, 2);
  assertEquals(decodeTraces(line).map((span) => span.spanId[0]), ["e", "2", "3", "4"]);
});

Deno.test("encodeTraces() keeps to 64 bits when a time is out of range", () => {
  const line = encodeTraces([{ ...BASE, startTimeUnixNano: -5n, endTimeUnixNano: 2n ** 70n }]);
  assertStringIncludes(line, '"name":"n","endTimeUnixNano":"18446744073709551615"');
});

Deno.test("decodeTraces() keeps every digit when 64-bit integers are JSON numbers", () => {
  const span = decodeOne(lineWith(
    `,"startTimeUnixNano":1795429708052246749,"endTimeUnixNano":18446744073709551615,` +
      `"attributes":[{"key":"i","value":{"intValue":-9223372036854775807}},` +
      `{"key":"d","value":{"doubleValue":12345678901234567890}}]`,
  ));
  assertEquals(span.startTimeUnixNano, 1795429708052246749n);
  assertEquals(span.endTimeUnixNano, 18446744073709551615n);
  assertEquals(span.attributes, { i: -9223372036854775807n, d: 12345678901234567000 });
});

Deno.test("decodeTraces() reads what a receiver must when the form is unusual", () => {
  const span = decodeOne(lineWith(
    `,"parentSpanId":"0000000000000000","kind":"SPAN_KIND_SERVER","startTimeUnixNano":7,` +
      `"endTimeUnixNano":"0","name":null,"events":null,"unknown":{"a":[1]},"attributes":[` +
      `{"key":"bytes","value":{"bytesValue":"-_8"}},{"key":"none"},` +
      `{"key":"new","value":{"laterValue":1}},{"key":"d","value":{"doubleValue":"-1.5e2"}},` +
      `{"key":"i","value":{"intValue":5}},{"key":"i","value":{"intValue":"6"}},` +
      `{"key":"__proto__","value":{"intValue":"1"}}],` +
      `"links":[{"attributes":[{"key":"k","value":{"boolValue":true}}]}],"status":null`,
    `"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174"`,
  ));
  const { attributes, ...rest } = span;
  assertEquals(
    Object.entries(attributes),
    Object.entries({ bytes: new Uint8Array([251, 255]), none: null, new: null, d: -150, i: 6 })
      .concat([["__proto__", 1]]),
  );
  assertEquals(rest, {
    traceId: BASE.traceId,
    spanId: BASE.spanId,
    flags: 0,
    name: "",
    kind: 2,
    startTimeUnixNano: 7n,
    links: [{ traceId: "0".repeat(32), spanId: "0".repeat(16), attributes: { k: true } }],
    status: { code: 0 },
    resource: { attributes: {} },
    scope: { name: "" },
  });
  assertEquals(decodeTraces("{}"), []);
  assertEquals(decodeTraces('{"resourceSpans":null}'), []);
});

Deno.test("decodeTraces() shares resources and scopes when lines are read with one map", () => {
  const known = new Map();
  const line = lineWith("");
  const [first] = decodeTraces(line, known);
  const [second] = decodeTraces(line, known);
  assertStrictEquals(second?.resource, first?.resource);
  assertStrictEquals(second?.scope, first?.scope);
});

Deno.test("decodeTraces() throws one clear line when the text is not OTLP/JSON", () => {
  const deep = '{"arrayValue":{"values":['.repeat(200) + "{}" + "]}}".repeat(200);
  const cases: [string, ErrorConstructor, string][] = [
    ["", SyntaxError, "it must be JSON: Unexpected end of JSON input"],
    ['{"resourceSpans":[', SyntaxError, "it must be JSON: "],
    ["\x1b[31m\n", SyntaxError, "it must be JSON: "],
    ["[]", TypeError, "it must be an object with 'resourceSpans': current value is []"],
    ["5", TypeError, "it must be an object with 'resourceSpans': current value is 5"],
    ['{"level":"info"}', TypeError, "it must be an object with 'resourceSpans'"],
    ['{"resourceLogs":[]}', TypeError, "it must be an object with 'resourceSpans'"],
    ['{"resourceSpans":{}}', TypeError, "'resourceSpans' must be an array: current value is {}"],
    ['{"resourceSpans":[7]}', TypeError, "'resourceSpans' must be an object: current value is 7"],
    [lineWith("", '"spanId":"eee19b7ec3c1b174"'), TypeError, "'span.traceId' must be 32 hex"],
    [lineWith(',"parentSpanId":"xyz"'), TypeError, "'span.parentSpanId' must be 16 hex"],
    [lineWith(',"spanId":"7uGbfsPBsXQ="'), TypeError, "'span.spanId' must be 16 hex"],
    [lineWith(',"name":5'), TypeError, "'span.name' must be a string: current value is 5"],
    [lineWith(',"kind":"x"'), TypeError, "'span.kind' must be an integer"],
    [lineWith(',"startTimeUnixNano":"-1"'), TypeError, "'span.startTimeUnixNano' must be 0 to "],
    [lineWith(',"startTimeUnixNano":1.5'), TypeError, "must be an integer: current value is 1.5"],
    [lineWith(',"attributes":{"a":1}'), TypeError, "'attributes' must be an array"],
    [lineWith(`,"attributes":[{"value":{"boolValue":1}}]`), TypeError, "'boolValue' must be true"],
    [lineWith(`,"attributes":[{"value":{"bytesValue":"%"}}]`), TypeError, "must be base64"],
    [
      lineWith(`,"attributes":[{"value":{"intValue":18446744073709551615}}]`),
      TypeError,
      "'intValue' must be",
    ],
    [lineWith(`,"attributes":[{"value":${deep}}]`), TypeError, "must be at most 100 deep"],
  ];
  for (const [line, errorClass, part] of cases) {
    const error = assertThrows(() => decodeTraces(line), errorClass, part);
    assertInstanceOf(error, errorClass);
    assert(error.message.startsWith("Cannot decode OTLP/JSON as "), error.message);
    assert(!/\p{Cc}/u.test(error.message) && error.message.length < 250, error.message);
  }
});

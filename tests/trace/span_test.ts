import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { unixNano } from "../../src/trace/process.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { createSpanRecorder } from "../../src/testing.ts";
import { createTraceState } from "../../src/trace/w3c.ts";
import { getTracer } from "../../src/trace/tracer.ts";
import type { Exception, Link, Span, SpanOptions } from "../../src/trace/types.ts";

const tracer = getTracer("span.test", "1.2.3");
const PARENT = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};

/** The record of a span to which `fn` did something. */
function record(fn: (span: Span) => void, options?: SpanOptions): SpanRecord {
  using recorder = createSpanRecorder();
  const span = tracer.startSpan("name", options);
  fn(span);
  span.end();
  return recorder.find(recorder.spans[0]?.name ?? "");
}

Deno.test("a span becomes a record with ids, times, resource and scope", () => {
  const before = unixNano();
  const span = record(() => {});
  const { startTimeUnixNano: start, endTimeUnixNano: end = 0n } = span;
  assert(before <= start && start <= end && end <= unixNano());
  const { traceId, spanId, resource, ...rest } = span;
  assertMatch(traceId, /^[0-9a-f]{32}$/);
  assertMatch(spanId, /^[0-9a-f]{16}$/);
  assertEquals(rest, {
    flags: 0x101,
    name: "name",
    kind: 1,
    startTimeUnixNano: start,
    endTimeUnixNano: end,
    attributes: {},
    status: { code: 0 },
    scope: { name: "span.test", version: "1.2.3" },
  });
  const other = record(() => {});
  assertStrictEquals(other.resource, resource);
  assertStrictEquals(other.scope, span.scope);
});

Deno.test("a span takes kind, attributes, links and start from its options", () => {
  const span = record((span) => span.setAttribute("b", 3).setAttributes({ c: true }), {
    kind: 2,
    attributes: { a: "x", b: 2 },
    links: [{ context: PARENT, attributes: { why: "retry" } }],
    startTime: [1_764_000_000, 5],
  });
  assertStrictEquals(span.kind, 3);
  assertEquals(span.attributes, { a: "x", b: 3, c: true });
  assertEquals(span.links, [
    { traceId: PARENT.traceId, spanId: PARENT.spanId, flags: 0x101, attributes: { why: "retry" } },
  ]);
  assertStrictEquals(span.startTimeUnixNano, 1_764_000_000_000_000_005n);
});

Deno.test("spans of all kinds have OTLP's numbers", () => {
  const kinds = ([0, 1, 2, 3, 4] as const).map((kind) => record(() => {}, { kind }).kind);
  assertEquals(kinds, [1, 2, 3, 4, 5]);
});

Deno.test("a span's parent shows in the record, with flags and tracestate", () => {
  using recorder = createSpanRecorder();
  const traceState = createTraceState("vendor=1");
  for (const remote of [{ ...PARENT, traceState, isRemote: true }, { ...PARENT, traceFlags: 0 }]) {
    const context = trace.setSpanContext(ROOT_CONTEXT, remote);
    tracer.startSpan("child", {}, context).end();
    tracer.startSpan("root", { root: true }, context).end();
  }
  const [child, root, unsampled] = recorder.spans;
  assertEquals([child?.traceId, child?.parentSpanId], [PARENT.traceId, PARENT.spanId]);
  assertEquals([child?.flags, child?.traceState], [0x301, "vendor=1"]);
  assertEquals([root?.parentSpanId, root?.flags, root?.traceState], [undefined, 0x101, undefined]);
  assert(root?.traceId !== PARENT.traceId);
  assertStrictEquals(unsampled?.flags, 0x100);
});

Deno.test("a span under an invalid parent begins a new trace", () => {
  using recorder = createSpanRecorder();
  for (const bad of [{ traceId: "0".repeat(32) }, { spanId: "0".repeat(16) }, { traceId: "x" }]) {
    const context = trace.setSpanContext(ROOT_CONTEXT, { ...PARENT, ...bad });
    tracer.startSpan("child", {}, context).end();
  }
  for (const { traceId, parentSpanId } of recorder.spans) {
    assertMatch(traceId, /^[0-9a-f]{32}$/);
    assert(traceId !== PARENT.traceId && traceId !== "0".repeat(32));
    assertStrictEquals(parentSpanId, undefined);
  }
  assertStrictEquals(recorder.spans.length, 3);
});

Deno.test("addEvent() takes attributes, a time, both or neither", () => {
  const at = [1_764_000_000, 7] as [number, number];
  const span = record((span) => {
    span.addEvent("a").addEvent("b", { k: 1 }).addEvent("c", at).addEvent("d", { k: 2 }, at);
    span.addEvent("e", new Date(0)).addEvent("f", 0).addEvent("g", undefined, at);
  });
  const events = span.events ?? [];
  assertEquals(events.map(({ name, attributes }) => [name, attributes?.k]), [
    ["a", undefined],
    ["b", 1],
    ["c", undefined],
    ["d", 2],
    ["e", undefined],
    ["f", undefined],
    ["g", undefined],
  ]);
  const times = events.map(({ timeUnixNano }) => timeUnixNano);
  assertEquals(times.slice(2), [
    1_764_000_000_000_000_007n,
    1_764_000_000_000_000_007n,
    0n,
    unixNano(0),
    1_764_000_000_000_000_007n,
  ]);
  assert(times.slice(0, 2).every((time) => time >= span.startTimeUnixNano));
});

Deno.test("addLinks() adds links with their own tracestate and dropped counts", () => {
  const context = { ...PARENT, isRemote: true, traceState: createTraceState("a=1") };
  const span = record((span) =>
    span.addLink({ context: PARENT }).addLinks([{ context, droppedAttributesCount: 2 }])
  );
  const { traceId, spanId } = PARENT;
  assertEquals(span.links, [
    { traceId, spanId, flags: 0x101 },
    { traceId, spanId, flags: 0x301, traceState: "a=1", droppedAttributesCount: 2 },
  ]);
});

Deno.test("setStatus() makes OK final and ignores unset", () => {
  const status = (fn: (span: Span) => void) => record(fn).status;
  assertEquals(status((s) => s.setStatus({ code: 2, message: "bad" })), {
    code: 2,
    message: "bad",
  });
  assertEquals(status((s) => s.setStatus({ code: 1, message: "none" })), { code: 1 });
  assertEquals(status((s) => s.setStatus({ code: 2 }).setStatus({ code: 0 })), { code: 2 });
  assertEquals(status((s) => s.setStatus({ code: 1 }).setStatus({ code: 2 })), { code: 1 });
  assertEquals(
    status((s) => s.setStatus({ code: 2, message: "a" }).setStatus({ code: 2, message: "b" })),
    { code: 2, message: "b" },
  );
});

Deno.test("recordException() follows the semantic conventions, whatever was thrown", () => {
  class EngineError extends Error {
    override name = "EngineError";
    code = "E1";
  }
  const error = new EngineError("no memory");
  const unreadable = {
    get message() {
      throw new Error("do not look");
    },
  };
  const thrown = [error, "text", { code: 7 }, undefined, null, 0, unreadable] as Exception[];
  const span = record((span) => thrown.forEach((item) => span.recordException(item, [1, 0])));
  assertEquals(span.events?.map(({ attributes }) => attributes), [
    {
      "exception.type": "EngineError",
      "exception.message": "no memory",
      "exception.stacktrace": error.stack ?? "",
    },
    { "exception.message": "text" },
    { "exception.type": "7" },
    { "exception.message": "undefined" },
    { "exception.message": "null" },
    { "exception.message": "0" },
    {},
  ]);
  for (const { name, timeUnixNano } of span.events ?? []) {
    assertEquals([name, timeUnixNano], ["exception", 1_000_000_000n]);
  }
  assertEquals(span.status, { code: 0 });
});

Deno.test("end() takes a time, and an end before the start becomes the start", () => {
  using recorder = createSpanRecorder();
  tracer.startSpan("a", { startTime: [100, 0] }).end([100, 250]);
  tracer.startSpan("b", { startTime: [100, 0] }).end([99, 0]);
  const times = recorder.spans.map((span) => [span.startTimeUnixNano, span.endTimeUnixNano]);
  assertEquals(times, [[100_000_000_000n, 100_000_000_250n], [100_000_000_000n, 100_000_000_000n]]);
});

Deno.test("nothing changes a span after its end", () => {
  using recorder = createSpanRecorder();
  const span = tracer.startSpan("name", { attributes: { a: 1 } });
  assert(span.isRecording());
  span.updateName("renamed").end();
  assert(!span.isRecording());
  const [ended] = recorder.spans;
  span.end([1, 0]);
  span.setAttribute("a", 2).setAttributes({ b: 1 }).addEvent("e").addLink({ context: PARENT });
  span.addLinks([{ context: PARENT }]).setStatus({ code: 2 }).updateName("again");
  span.recordException("late");
  assertStrictEquals(recorder.spans.length, 1);
  const { toRecord } = span as Span & { toRecord(): SpanRecord };
  assertEquals(toRecord.call(span), ended);
  assertEquals([ended?.name, ended?.attributes], ["renamed", { a: 1 }]);
});

Deno.test("a name that is no string becomes one", () => {
  const span = record((span) => {
    span.addEvent(undefined as unknown as string).updateName(Symbol("s") as unknown as string);
  });
  assertEquals([span.name, span.events?.[0]?.name], ["Symbol(s)", "undefined"]);
  using recorder = createSpanRecorder();
  tracer.startSpan(Symbol("t") as unknown as string).end();
  tracer.startSpan(Object.create(null)).end();
  assertEquals(recorder.spans.map(({ name }) => name), ["Symbol(t)", ""]);
});

Deno.test("addLink() drops links to no span, and counts them", () => {
  const links = [{ ...PARENT, traceId: "zz" }, { ...PARENT, spanId: "" }, PARENT, undefined];
  const span = record(() => {}, { links: links.map((context) => ({ context })) as Link[] });
  assertEquals(span.links?.map(({ spanId }) => spanId), [PARENT.spanId]);
  assertStrictEquals(span.droppedLinksCount, 3);
});

import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  type Context as OtelContext,
  type ContextAPI,
  createContextKey,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  trace,
} from "@opentelemetry/api";
import fc from "fast-check";
import {
  BAGGAGE_KEY,
  contextWithSpan,
  nonRecordingSpan,
  rootContext,
  SPAN_KEY,
  spanContextOf,
  spanOf,
  withSpanContext,
} from "../../src/trace/context.ts";
import { parseBaggage } from "../../src/trace/w3c.ts";
import type { Context, Span } from "../../src/trace/types.ts";

const REMOTE = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
  isRemote: true,
};

/** Both ways: a context of either kind is one of the other. */
function asOtel(context: Context): OtelContext {
  return context;
}

Deno.test("rootContext holds nothing and never changes", () => {
  const key = Symbol("key");
  const context = rootContext.setValue(key, 1).setValue(SPAN_KEY, 2).setValue(BAGGAGE_KEY, 3);
  for (const name of [key, SPAN_KEY, BAGGAGE_KEY]) {
    assertEquals(rootContext.getValue(name), undefined);
  }
  assertEquals([key, SPAN_KEY, BAGGAGE_KEY].map((name) => context.getValue(name)), [1, 2, 3]);
  assertEquals(spanOf(rootContext), undefined);
  assertEquals(spanContextOf(rootContext), undefined);
});

Deno.test("a context behaves as the API's under any sequence of changes", () => {
  const keys = [SPAN_KEY, BAGGAGE_KEY, Symbol("a"), createContextKey("b")];
  const change = fc.tuple(fc.constantFrom(...keys), fc.option(fc.integer(), { nil: undefined }));
  fc.assert(fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
    let ours: Context = rootContext;
    let theirs: OtelContext = ROOT_CONTEXT;
    const before: [Context, unknown[]][] = [];
    for (const [key, value] of changes) {
      before.push([ours, keys.map((key) => ours.getValue(key))]);
      ours = value === undefined ? ours.deleteValue(key) : ours.setValue(key, value);
      theirs = value === undefined ? theirs.deleteValue(key) : theirs.setValue(key, value);
      for (const key of keys) assertEquals(ours.getValue(key), theirs.getValue(key));
    }
    for (const [context, values] of before) {
      assertEquals(keys.map((key) => context.getValue(key)), values);
    }
  }));
});

Deno.test("withSpanContext() sets a span that the API finds, and that records nothing", () => {
  const context = withSpanContext(rootContext, REMOTE);
  assertEquals(trace.getSpanContext(asOtel(context)), REMOTE);
  assertEquals(isSpanContextValid(REMOTE), true);
  const span: OtelSpan | undefined = trace.getSpan(asOtel(context));
  assertEquals(span?.isRecording(), false);
  assertStrictEquals(span, spanOf(context));
  assertEquals(spanContextOf(context), REMOTE);
});

Deno.test("nonRecordingSpan() takes every call of the API and keeps its identity", () => {
  const span: Span = nonRecordingSpan(REMOTE);
  const chained = span.setAttribute("a", 1).setAttributes({ b: 2 }).addEvent("e", { c: 3 }, 4)
    .addLink({ context: REMOTE }).addLinks([]).setStatus({ code: 2 }).updateName("n");
  assertStrictEquals(chained, span);
  span.recordException(new Error("no"));
  span.end();
  assertEquals(span.spanContext(), REMOTE);
});

Deno.test("spanOf() finds a span that the API has set, and contextWithSpan() sets one for it", () => {
  const span = trace.wrapSpanContext(REMOTE);
  assertStrictEquals(spanOf(trace.setSpan(ROOT_CONTEXT, span)), span);
  assertStrictEquals(trace.getSpan(asOtel(contextWithSpan(rootContext, span))), span);
  assertStrictEquals(trace.getSpan(asOtel(contextWithSpan(ROOT_CONTEXT, span))), span);
  assertStrictEquals(spanOf(trace.setSpan(asOtel(rootContext), span)), span);
});

Deno.test("the API's propagation finds and changes baggage in a context", () => {
  const context = rootContext.setValue(BAGGAGE_KEY, parseBaggage("a=1;p,b=2"));
  const baggage = propagation.getBaggage(asOtel(context));
  assertEquals(baggage?.getEntry("a")?.value, "1");
  assertEquals(baggage?.getEntry("a")?.metadata?.toString(), "p");
  const changed = baggage?.setEntry("c", { value: "3" }).removeEntry("a").removeEntries("b");
  assertEquals(changed?.getAllEntries(), [["c", { value: "3" }]]);
  assertEquals(changed?.clear().getAllEntries(), []);
  const deleted = propagation.deleteBaggage(asOtel(context));
  assertEquals(deleted.getValue(BAGGAGE_KEY), undefined);
});

Deno.test("Deno's context manager carries a context across await", async () => {
  const manager: ContextAPI = Deno.telemetry.contextManager;
  const context = withSpanContext(rootContext, REMOTE);
  await manager.with(asOtel(context), async () => {
    await Promise.resolve();
    assertStrictEquals(manager.active(), context);
  });
});

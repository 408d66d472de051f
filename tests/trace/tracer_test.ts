import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { createSpanRecorder } from "../../src/testing.ts";
import { activeContext, rootContext, spanOf, withSpanContext } from "../../src/trace/context.ts";
import { getTracer } from "../../src/trace/tracer.ts";
import type { Span } from "../../src/trace/types.ts";

const tracer = getTracer("tracer.test");
const PARENT = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};
const tick = () => new Promise<void>((resolve) => queueMicrotask(resolve));

/** What `fn` throws, whatever it is. */
function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("startActiveSpan() takes options and context in every overload", () => {
  using recorder = createSpanRecorder();
  const body = (span: Span) => {
    assertStrictEquals(spanOf(activeContext()), span);
    span.end();
    return span;
  };
  const context = withSpanContext(rootContext, PARENT);
  const a: Span = tracer.startActiveSpan("a", body);
  tracer.startActiveSpan("b", { kind: 1 }, body);
  tracer.startActiveSpan("c", { kind: 2 }, context, body);
  const absent = undefined as never;
  tracer.startActiveSpan("d", absent, absent, body);
  assertStrictEquals(a.spanContext().spanId, recorder.find("a").spanId);
  assertEquals(recorder.spans.map(({ name, kind }) => [name, kind]), [
    ["a", 1],
    ["b", 2],
    ["c", 3],
    ["d", 1],
  ]);
  assertStrictEquals(recorder.find("c").parentSpanId, PARENT.spanId);
  assertStrictEquals(recorder.find("d").parentSpanId, undefined);
  assertStrictEquals(spanOf(activeContext()), undefined);
});

Deno.test("startActiveSpan() leaves the end to its function, also when that throws", () => {
  using recorder = createSpanRecorder();
  let open: Span | undefined;
  const error = new Error("mine");
  const thrown = thrownBy(() =>
    tracer.startActiveSpan("a", (span) => {
      open = span;
      throw error;
    })
  );
  assertStrictEquals(thrown, error);
  assertEquals(recorder.spans, []);
  open?.end();
  assertEquals(recorder.find("a").status, { code: 0 });
});

Deno.test("the active context follows await, and branches do not meet", async () => {
  using recorder = createSpanRecorder();
  await tracer.withSpan("root", async () => {
    await tick();
    await Promise.all(["a", "b", "c"].map((name) =>
      tracer.withSpan(name, async (span) => {
        for (let i = 0; i < 5; i++) {
          await tick();
          assertStrictEquals(spanOf(activeContext()), span);
        }
        tracer.startSpan(`${name} child`).end();
      })
    ));
    assertStrictEquals(spanOf(activeContext())?.spanContext().spanId !== undefined, true);
  });
  assertStrictEquals(spanOf(activeContext()), undefined);
  for (const name of ["a", "b", "c"]) {
    assertStrictEquals(recorder.find(`${name} child`).parentSpanId, recorder.find(name).spanId);
    assertStrictEquals(recorder.find(name).parentSpanId, recorder.find("root").spanId);
  }
  assertStrictEquals(new Set(recorder.spans.map(({ traceId }) => traceId)).size, 1);
});

Deno.test("startSpan() does not make its span active", () => {
  using recorder = createSpanRecorder();
  const span = tracer.startSpan("a");
  assertStrictEquals(spanOf(activeContext()), undefined);
  tracer.startSpan("b").end();
  span.end();
  assert(recorder.find("a").traceId !== recorder.find("b").traceId);
});

Deno.test("withSpan() ends the span and passes on what its function returns", async () => {
  using recorder = createSpanRecorder();
  const object = { then: "not a function" };
  assertStrictEquals(tracer.withSpan("object", () => object), object);
  assertStrictEquals(tracer.withSpan("nothing", () => null), null);
  const { promise, resolve } = Promise.withResolvers<number>();
  const result = tracer.withSpan("promise", { kind: 3, attributes: { a: 1 } }, () => promise);
  assertEquals(recorder.spans.map(({ name }) => name), ["object", "nothing"]);
  resolve(42);
  assertStrictEquals(await result, 42);
  const { kind, attributes, status } = recorder.find("promise");
  assertEquals({ kind, attributes, status }, {
    kind: 4,
    attributes: { a: 1 },
    status: { code: 0 },
  });
  const thenable: PromiseLike<string> = {
    then: (resolve, reject) => Promise.resolve("done").then(resolve, reject),
  };
  assertStrictEquals(await tracer.withSpan("thenable", () => thenable), "done");
  assertStrictEquals(recorder.spans.at(-1)?.name, "thenable");
});

Deno.test("withSpan() records any error, sets ERROR and throws the same value", async () => {
  const error = new TypeError("no tensor");
  for (const value of [error, undefined, null, 0, "", "text", { odd: true }, Object.create(null)]) {
    using recorder = createSpanRecorder();
    const throwing = () => {
      throw value;
    };
    assertStrictEquals(thrownBy(() => tracer.withSpan("sync", throwing)), value);
    const rejected = tracer.withSpan("async", () => tick().then(throwing));
    assertStrictEquals(await rejected.then(() => "fulfilled", (reason) => reason), value);
    const thenable: PromiseLike<never> = {
      then: (resolve, reject) => Promise.reject(value).then(resolve, reject),
    };
    const passed = Promise.resolve(tracer.withSpan("thenable", () => thenable));
    assertStrictEquals(await passed.then(() => "fulfilled", (reason) => reason), value);
    assertEquals(recorder.spans.map(({ name }) => name), ["sync", "async", "thenable"]);
    for (const { status, events } of recorder.spans) {
      assertStrictEquals(status.code, 2);
      assertEquals(events?.map(({ name }) => name), ["exception"]);
    }
  }
  using recorder = createSpanRecorder();
  await assertRejects(
    () => tracer.withSpan("x", () => Promise.reject(error)),
    TypeError,
    "no tensor",
  );
  assertEquals(recorder.find("x").status, { code: 2, message: "no tensor" });
  assertStrictEquals(
    recorder.find("x").events?.[0]?.attributes?.["exception.type"],
    "TypeError",
  );
});

Deno.test("withSpan() leaves a status of OK and an end that its function set", () => {
  using recorder = createSpanRecorder();
  const expected = new Error("expected");
  const thrown = thrownBy(() =>
    tracer.withSpan("ok", (span) => {
      span.setStatus({ code: 1 });
      throw expected;
    })
  );
  assertStrictEquals(thrown, expected);
  tracer.withSpan("ended", (span) => span.end([1, 0]));
  assertEquals(recorder.find("ok").status, { code: 1 });
  assertStrictEquals(recorder.spans.length, 2);
});

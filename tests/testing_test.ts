import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { createSpanRecorder } from "../src/testing.ts";
import { getTracer } from "../src/trace/tracer.ts";

const tracer = getTracer("testing.test");

Deno.test("createSpanRecorder() records ended spans until it is disposed of", () => {
  const recorder = createSpanRecorder();
  const late = tracer.startSpan("late");
  tracer.startSpan("a").end();
  assertEquals(recorder.spans.map(({ name }) => name), ["a"]);
  recorder.clear();
  assertEquals(recorder.spans, []);
  tracer.startSpan("b").end();
  recorder[Symbol.dispose]();
  late.end();
  assertEquals(recorder.spans.map(({ name }) => name), ["b"]);
  assert(!tracer.startSpan("off").isRecording());
});

Deno.test("createSpanRecorder() is one of several, each with its own spans", () => {
  using outer = createSpanRecorder();
  {
    using inner = createSpanRecorder();
    tracer.startSpan("both").end();
    assertStrictEquals(inner.spans.length, 1);
  }
  tracer.startSpan("outer").end();
  assertEquals(outer.spans.map(({ name }) => name), ["both", "outer"]);
});

Deno.test("find() returns the first span of a name, or says what was recorded", () => {
  using recorder = createSpanRecorder();
  assertThrows(() => recorder.find("x"), Error, `Cannot find span "x" as`);
  assertThrows(() => recorder.find("x"), Error, "recorded is nothing");
  tracer.withSpan("load", (span) => {
    tracer.startSpan("weights", { attributes: { bytes: 8 } }).end();
    tracer.startSpan("weights", { attributes: { bytes: 9 } }).end();
    span.setStatus({ code: 2, message: "no memory" });
  });
  assertEquals(recorder.find("weights").attributes, { bytes: 8 });
  const error = assertThrows(() => recorder.find("tokenizer"));
  assert(error instanceof Error);
  assertEquals(error.message.split("\n").slice(1), [
    `  "load" ERROR no memory`,
    `    "weights" { bytes: 8 }`,
    `    "weights" { bytes: 9 }`,
  ]);
});

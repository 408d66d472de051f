import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { defaultTextMapGetter, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { formatTraceparent, isSpanContextValid, parseTraceparent } from "../../src/trace/w3c.ts";

const TRACE = "12345678901234567890123456789012";
const SPAN = "1234567890123456";
const PARENT = { traceId: TRACE, spanId: SPAN, isRemote: true };

Deno.test("parseTraceparent() reads version 00 with all eight flags", () => {
  for (const flags of ["00", "01", "03", "a5", "ff"]) {
    const traceFlags = parseInt(flags, 16);
    assertEquals(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`), { ...PARENT, traceFlags });
  }
});

Deno.test("parseTraceparent() takes the spaces and tabs around a value for no part of it", () => {
  assertEquals(parseTraceparent(`\t 00-${TRACE}-${SPAN}-01 \t`), { ...PARENT, traceFlags: 1 });
  assertEquals(parseTraceparent(`00-${TRACE}-${SPAN}-01\n`), undefined);
});

Deno.test("parseTraceparent() reads of a higher version what version 00 knows", () => {
  const known = { ...PARENT, traceFlags: 1 };
  assertEquals(parseTraceparent(`cc-${TRACE}-${SPAN}-01`), known);
  assertEquals(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`), known);
  assertEquals(parseTraceparent(`01-${TRACE}-${SPAN}-fd-`), known);
  assertEquals(parseTraceparent(`cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`), undefined);
});

Deno.test("parseTraceparent() ignores a value that breaks a rule of W3C", () => {
  // The cases of w3c/trace-context, test/test.py, and some more.
  const malformed = [
    "",
    " ",
    "00",
    `00-${TRACE}-${SPAN}-01.`,
    `00-${TRACE}-${SPAN}-01-`,
    `00-${TRACE}-${SPAN}-01-what-the-future-will-be-like`,
    `ff-${TRACE}-${SPAN}-01`,
    `.0-${TRACE}-${SPAN}-01`,
    `0.-${TRACE}-${SPAN}-01`,
    `000-${TRACE}-${SPAN}-01`,
    `0000-${TRACE}-${SPAN}-01`,
    `0-${TRACE}-${SPAN}-01`,
    `CC-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-.${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE.slice(1)}.-${SPAN}-01`,
    `00-${TRACE}3-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE.slice(1)}A-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE}-.${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN}7-01`,
    `00-${TRACE}-${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN.slice(1)}F-01`,
    `00-${TRACE}-${SPAN}-.0`,
    `00-${TRACE}-${SPAN}-0.`,
    `00-${TRACE}-${SPAN}-001`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE}-${SPAN}-`,
    `00-${TRACE}-${SPAN}`,
    `00_${TRACE}_${SPAN}_01`,
    `00-${TRACE}-${SPAN}-01\u0000`,
    `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`,
  ];
  for (const value of malformed) assertEquals(parseTraceparent(value), undefined, value);
});

Deno.test("parseTraceparent() is quick with a long malformed value", () => {
  // Quadratic time would take minutes here.
  assertEquals(parseTraceparent(" ".repeat(200_000) + "x"), undefined);
  assertEquals(parseTraceparent(`cc-${TRACE}-${SPAN}-01-${" ".repeat(200_000)}\n`), undefined);
});

Deno.test("formatTraceparent() writes what parseTraceparent() reads back, two digits of flags", () => {
  assertEquals(formatTraceparent({ ...PARENT, traceFlags: 0x1f }), `00-${TRACE}-${SPAN}-1f`);
  const id = (bytes: number) =>
    fc.uint8Array({ minLength: bytes, maxLength: bytes })
      .map((raw) => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join(""))
      .filter((text) => /[1-9a-f]/.test(text));
  fc.assert(
    fc.property(id(16), id(8), fc.integer({ min: 0, max: 255 }), (traceId, spanId, flags) => {
      const spanContext = { traceId, spanId, traceFlags: flags, isRemote: true };
      assertEquals(parseTraceparent(formatTraceparent(spanContext)), spanContext);
    }),
  );
});

Deno.test("isSpanContextValid() is false for ids that are zero, upper-case or of another length", () => {
  assertEquals(isSpanContextValid({ traceId: TRACE, spanId: SPAN, traceFlags: 0 }), true);
  for (const traceId of ["", "0".repeat(32), "A".repeat(32), TRACE + "0", TRACE.slice(1)]) {
    assertEquals(isSpanContextValid({ traceId, spanId: SPAN, traceFlags: 0 }), false);
  }
  for (const spanId of ["", "0".repeat(16), "A".repeat(16), SPAN + "0", SPAN.slice(1)]) {
    assertEquals(isSpanContextValid({ traceId: TRACE, spanId, traceFlags: 0 }), false);
  }
});

Deno.test("parseTraceparent() agrees with OpenTelemetry's propagator on damaged values", () => {
  const propagator = new W3CTraceContextPropagator();
  const damaged = fc.tuple(
    fc.constantFrom("00", "01", "ff", "fe"),
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom("", "0", "g", "-", "F", "00", "-x"),
    fc.constantFrom("", "-", "-more"),
  ).map(([version, at, put, more]) => {
    const value = `${version}-${TRACE}-${SPAN}-01${more}`;
    return value.slice(0, at) + put + value.slice(at + 1);
  });
  fc.assert(
    fc.property(damaged, (traceparent) => {
      const theirs = trace.getSpanContext(
        propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter),
      );
      const ours = parseTraceparent(traceparent);
      assertEquals(ours?.traceId, theirs?.traceId, traceparent);
      assertEquals(ours?.spanId, theirs?.spanId, traceparent);
    }),
    { numRuns: 2000 },
  );
});

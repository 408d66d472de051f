import { assertEquals } from "@std/assert";
import { repaired } from "../../../src/sources/merge/repair.ts";
import type { WitnessSpan } from "../../../src/sources/witness.ts";

const LAUNCH = 1_800_000_000_000_000_000n;
const HOUR = 3_600_000_000_000n;

function span(start: bigint, more: Partial<WitnessSpan> = {}): WitnessSpan {
  return { source: "otlp", name: "transform", kind: "work", start, end: LAUNCH + 50n, ...more };
}

Deno.test("repaired() leaves a span alone that began less than an hour before launch", () => {
  const early = span(LAUNCH - HOUR + 1n, { attributes: { "dynamo.time_seconds": 1 } });
  assertEquals(repaired(early, LAUNCH), early);
});

Deno.test("repaired() takes a span that began long before launch to be as long as it says", () => {
  const mended = repaired(
    span(LAUNCH - HOUR, { attributes: { "dynamo.time_seconds": 2e-8 } }),
    LAUNCH,
  );
  assertEquals([mended.start, mended.end], [LAUNCH + 30n, LAUNCH + 50n]);
  assertEquals(mended.attributes, { "dynamo.time_seconds": 2e-8, "coldtrace.repaired": true });
});

Deno.test("repaired() believes no length that is none", () => {
  for (const seconds of [undefined, 0, -1, NaN, "2", null] as const) {
    const attributes = seconds === undefined ? {} : { "dynamo.time_seconds": seconds };
    const mended = repaired(span(5n, { attributes }), LAUNCH);
    assertEquals([mended.start, mended.end], [LAUNCH + 50n, LAUNCH + 50n], String(seconds));
  }
});

Deno.test("repaired() has a span that never ended end at launch", () => {
  const { end: _, ...open } = span(5n);
  const mended = repaired(open, LAUNCH);
  assertEquals([mended.start, mended.end], [LAUNCH, LAUNCH]);
});

import { assertEquals } from "@std/assert";
import { innermostAt, placeSpans } from "../../../src/sources/merge/place.ts";
import type { EndedSpan } from "../../../src/sources/merge/fold.ts";
import { span } from "./_spans.ts";

const PID = 7;

/** `NAME < PARENT` of each. */
function placed(...spans: EndedSpan[]): string[] {
  return placeSpans(spans, PID).map(({ span, parent }) =>
    parent ? `${span.name} < ${parent.span.name}` : span.name
  );
}

Deno.test("placeSpans() takes the longer of two that begin together for the outer one", () => {
  assertEquals(placed(span("otlp", "short", [0, 10]), span("otlp", "long", [0, 20])), [
    "long",
    "short < long",
  ]);
  // Of two that are the same, the one that is believed more.
  assertEquals(placed(span("log", "line", [0, 10]), span("probe", "function", [0, 10])), [
    "function",
    "line < function",
  ]);
});

Deno.test("placeSpans() puts a span under what was open when it began, though that ends before it", () => {
  assertEquals(
    placed(
      span("probe", "outer", [0, 20]),
      span("probe", "longer", [10, 30]),
      span("probe", "in the longer", [25, 28]),
    ),
    ["outer", "longer < outer", "in the longer < longer"],
  );
});

Deno.test("placeSpans() takes what begins where another ends for no part of it, unless it is a point", () => {
  assertEquals(
    placed(
      span("probe", "first", [0, 10]),
      span("probe", "point", [10, 10]),
      span("probe", "second", [10, 20]),
    ),
    ["first", "second", "point < second"],
  );
  assertEquals(placed(span("probe", "first", [0, 10]), span("probe", "point", [10, 10])), [
    "first",
    "point < first",
  ]);
});

Deno.test("placeSpans() takes who tells of no thread to speak of the main one", () => {
  const main = span("probe", "main", [5, 50], { thread: PID });
  const other = span("probe", "other", [0, 60], { thread: 9 });
  const line = span("otlp", "unknown", [20, 30]);
  assertEquals(placed(main, other, line), ["other", "main", "unknown < main"]);
  // Where the main one has told nothing, of the first that has.
  assertEquals(placed(other, line), ["other", "unknown < other"]);
});

Deno.test("innermostAt() finds what was open at a moment, in whichever thread", () => {
  const all = placeSpans([
    span("probe", "main", [0, 50], { thread: PID }),
    span("probe", "inner", [10, 20], { thread: PID }),
    span("probe", "other", [15, 60], { thread: 9 }),
  ], PID);
  const at = (time: number) => innermostAt(all, BigInt(time))?.span.name;
  assertEquals([0, 10, 15, 20, 55, 60].map(at), [
    "main",
    "inner",
    "other",
    "other",
    "other",
    undefined,
  ]);
});

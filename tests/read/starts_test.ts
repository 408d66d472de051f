import { assertEquals } from "@std/assert";
import { startsIn } from "../../src/read/starts.ts";
import { type Sketch, span } from "./_spans.ts";

function idsOf(...sketches: Sketch[]): string[][] {
  return startsIn(sketches.map(span)).map((spans) => spans.map(({ spanId }) => spanId));
}

function root(id: string, start: number, more: Partial<Sketch> = {}): Sketch {
  return { id, start, end: start + 10, attributes: { "coldtrace.engine": "test" }, ...more };
}

const [one, two] = ["1".repeat(32), "2".repeat(32)];

Deno.test("startsIn() gives all spans where there are no two starts", () => {
  const foreign: Sketch = { id: "x", start: 0, end: 1, traceId: two };
  assertEquals(idsOf(foreign, { ...foreign, id: "y", traceId: one }), [["x", "y"]]);
  assertEquals(idsOf(foreign, root("a", 0)), [["x", "a"]]);
  assertEquals(idsOf(), [[]]);
});

Deno.test("startsIn() parts traces of others that begin as the largest does, and leaves out others", () => {
  const spans: Sketch[] = [
    { id: "late", name: "start", start: 50, end: 60, traceId: two },
    { id: "x", start: 51, end: 52, traceId: two, parent: "late" },
    { id: "request", start: 0, end: 99, traceId: "3".repeat(32) },
    { id: "y", name: "load", start: 1, end: 2, traceId: one, parent: "early" },
    { id: "early", name: "start", start: 0, end: 9, traceId: one },
  ];
  assertEquals(idsOf(...spans), [["y", "early"], ["late", "x"]]);
});

Deno.test("startsIn() parts traces, the earliest start first, and leaves out others", () => {
  const spans: Sketch[] = [
    root("late", 50, { traceId: two }),
    { id: "x", start: 51, end: 52, traceId: two, parent: "gone" },
    { id: "y", start: 1, end: 2, traceId: one, parent: "early" },
    root("early", 0, { traceId: one }),
    { id: "z", start: 0, end: 1, traceId: "3".repeat(32) },
  ];
  assertEquals(idsOf(...spans), [["y", "early"], ["late", "x"]]);
});

Deno.test("startsIn() parts the starts of one trace by descent", () => {
  const spans: Sketch[] = [
    { id: "job", start: 0, end: 99 },
    root("b", 50, { parent: "job" }),
    root("a", 10, { parent: "job" }),
    { id: "in a", start: 11, end: 12, parent: "a" },
    { id: "in b", start: 51, end: 52, parent: "b" },
    { id: "lost", start: 60, end: 61, parent: "gone" },
  ];
  assertEquals(idsOf(...spans), [["job", "a", "in a", "lost"], ["b", "in b"]]);
});

Deno.test("startsIn() takes a start within a start as a part of it", () => {
  const spans = [root("a", 0), root("b", 1, { parent: "p" }), root("c", 20)];
  const between: Sketch = { id: "p", start: 1, end: 9, parent: "a" };
  assertEquals(idsOf(...spans, between), [["a", "b", "p"], ["c"]]);
});

Deno.test("startsIn() has an end where starts are within each other", () => {
  const spans = [root("a", 0, { parent: "b" }), root("b", 1, { parent: "a" })];
  assertEquals(idsOf(...spans).flat().length, 2);
});

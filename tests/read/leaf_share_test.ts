import { assertEquals } from "@std/assert";
import { leafShare } from "../../src/read/leaf_share.ts";
import { readStart } from "../../src/read/start.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { processResource, type Sketch, span } from "./_spans.ts";

/** One object, as the spans of one process have it. */
const API = processResource("API server");
const CORE = processResource("engine core");

function shareOf(sketches: Sketch[], ready = 100): number {
  const root: Sketch = {
    id: "root",
    start: 0,
    end: ready,
    attributes: { "coldtrace.engine": "test" },
    events: { ready },
  };
  const records: SpanRecord[] = [root, ...sketches].map(span);
  return leafShare(readStart(records));
}

function from(source: string, more: Record<string, boolean> = {}) {
  return { attributes: { "coldtrace.source": source, ...more } };
}

const WAIT = from("probe", { "coldtrace.wait": true, "coldtrace.container": true });

Deno.test("leafShare() counts what was seen at work, and not what only the log tells", () => {
  assertEquals(
    shareOf([
      { id: "a", start: 0, end: 30, ...from("probe") },
      { id: "b", start: 30, end: 40, ...from("log") },
      { id: "c", start: 40, end: 60, ...from("otlp") },
      { id: "d", start: 60, end: 65, ...from("process") },
      { id: "e", start: 65, end: 70, container: true },
      { id: "f", start: 70, end: 71 },
    ]),
    0.56,
  );
});

Deno.test("leafShare() does not count what works only by waiting for another process", () => {
  const work = { id: "work", start: 0, end: 80, resource: API, ...from("probe") };
  const wait = { id: "wait", start: 10, end: 70, parent: "work", resource: API, ...WAIT };
  assertEquals(shareOf([work, wait]), 0.2);
  // What the other process did meanwhile explains it.
  const other = { id: "other", start: 20, end: 60, parent: "wait", resource: CORE };
  assertEquals(shareOf([work, wait, { ...other, ...from("probe") }]), 0.6);
  // Somebody else's waiting is no reason not to count work.
  const elsewhere = { ...wait, parent: "root", resource: CORE };
  assertEquals(shareOf([work, elsewhere]), 0.8);
});

Deno.test("leafShare() rounds down, and is 0 for a start that took no time", () => {
  assertEquals(shareOf([{ id: "a", start: 0, end: 2 }], 3), 0.6666);
  assertEquals(shareOf([], 0), 0);
});

import { assertEquals, assertStrictEquals } from "@std/assert";
import { partition } from "../../../src/read/partition/partition.ts";
import { segmentsOf } from "../../../src/read/partition/segments.ts";
import { readStart } from "../../../src/read/start.ts";
import { span } from "../_spans.ts";

Deno.test("segmentsOf() is the partition of a start, made once", () => {
  const start = readStart([
    span({ id: "root", start: 0, end: 9, attributes: { "coldtrace.engine": "test" } }),
    span({ id: "a", start: 2, end: 5 }),
  ]);
  const segments = segmentsOf(start);
  assertEquals(segments, partition(start.spans, start.launch, start.end));
  assertStrictEquals(segmentsOf(start), segments);
  // Another reading of the same spans has its own.
  assertEquals(segmentsOf({ ...start, end: start.end - 2n }).length, 3);
});

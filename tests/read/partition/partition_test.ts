import { assert, assertEquals } from "@std/assert";
import { partition, type Segment } from "../../../src/read/partition/partition.ts";
import type { SpanRecord } from "../../../src/trace/record.ts";
import { randomForest } from "../_forests.ts";
import { referencePartition } from "../_reference_partition.ts";
import { LAUNCH, random, type Sketch, span } from "../_spans.ts";

type Brief = [id: string, start: number, end: number | null, parent?: string, box?: "box"];

function sketch([id, start, end, parent, box]: Brief): Sketch {
  return {
    id,
    start,
    ...(end !== null && { end }),
    ...(parent !== undefined && parent !== "" && { parent }),
    container: box === "box",
  };
}

function show(segments: readonly Segment[]): string {
  return segments.map(({ start, end, owner, container }) => {
    const who = owner?.spanId ?? (container ? `?${container.spanId}` : "?");
    return `${start - LAUNCH}-${end - LAUNCH}:${who}`;
  }).join(" ");
}

function partitionOf(briefs: Brief[], length: number): string {
  return show(partition(briefs.map(sketch).map(span), LAUNCH, LAUNCH + BigInt(length)));
}

Deno.test("partition() follows back-to-back spans when another one runs beside them", () => {
  const briefs: Brief[] = [["A", 0, 50], ["B", 50, 100], ["P", 0, 95]];
  assertEquals(partitionOf(briefs, 100), "0-50:A 50-100:B");
});

Deno.test("partition() fills a gap with what runs beside it", () => {
  const briefs: Brief[] = [["A", 0, 49], ["B", 50, 100], ["P", 0, 95]];
  assertEquals(partitionOf(briefs, 100), "0-49:A 49-50:P 50-100:B");
});

Deno.test("partition() gives an overlap to what ended last", () => {
  assertEquals(partitionOf([["A", 0, 40], ["B", 20, 60]], 60), "0-20:A 20-60:B");
});

Deno.test("partition() looks through containers", () => {
  const briefs: Brief[] = [
    ["core", 10, null, "", "box"],
    ["w", 20, 60, "core"],
    ["warm", 60, 99, "core"],
    ["listen", 98, 99],
    ["import", 0, 30],
    ["helper", 5, null, "", "box"],
    ["hi", 99, 100, "helper"],
  ];
  assertEquals(partitionOf(briefs, 100), "0-20:import 20-60:w 60-99:warm 99-100:hi");
});

Deno.test("partition() keeps a child that outlives its parent", () => {
  const briefs: Brief[] = [["p", 0, 10], ["c", 5, 30, "p"], ["q", 12, 20]];
  assertEquals(partitionOf(briefs, 40), "0-5:p 5-30:c 30-40:?");
});

Deno.test("partition() clips what reaches beyond launch and ready", () => {
  const briefs: Brief[] = [["x", -1e9, -5], ["y", -5, 500]];
  assertEquals(partitionOf(briefs, 100), "0-100:y");
});

Deno.test("partition() hangs members of cycles under the root", () => {
  const briefs: Brief[] = [["x", 0, 10, "y"], ["y", 5, 20, "x"], ["z", 15, 30, "z"]];
  assertEquals(partitionOf(briefs, 40), "0-10:x 10-15:y 15-30:z 30-40:?");
});

Deno.test("partition() leaves to a parent what its children do not cover", () => {
  const briefs: Brief[] = [["w", 0, 100], ["r", 10, 40, "w"], ["d", 40, 90, "w"]];
  assertEquals(partitionOf(briefs, 100), "0-10:w 10-40:r 40-90:d 90-100:w");
});

Deno.test("partition() names the deepest container of what is unattributed", () => {
  const briefs: Brief[] = [
    ["outer", 10, 90, "", "box"],
    ["inner", 20, 60, "outer", "box"],
    ["work", 30, 40, "inner"],
  ];
  assertEquals(
    partitionOf(briefs, 100),
    "0-10:? 10-20:?outer 20-30:?inner 30-40:work 40-60:?inner 60-90:?outer 90-100:?",
  );
});

Deno.test("partition() finds ancestors above spans that take no part", () => {
  // Under "a", "c" gets the time of both; under the root, "a" would keep 10-20.
  const briefs: Brief[] = [["a", 0, 30], ["b", -9, -1, "a"], ["c", 10, 20, "b"]];
  assertEquals(partitionOf(briefs, 30), "0-10:a 10-20:c 20-30:a");
});

Deno.test("partition() keeps the ended record of a repeated id, then the earliest", () => {
  const briefs: Brief[] = [["a", 10, null], ["a", 30, 40], ["a", 20, 50]];
  assertEquals(partitionOf(briefs, 100), "0-20:? 20-50:a 50-100:?");
});

Deno.test("partition() is empty when ready is not after launch", () => {
  const spans = [span({ id: "a", start: -10, end: 10 })];
  assertEquals(partition(spans, LAUNCH, LAUNCH), []);
  assertEquals(partition(spans, LAUNCH, LAUNCH - 1n), []);
});

Deno.test("partition() is one unattributed segment when there are no spans", () => {
  assertEquals(partitionOf([], 40), "0-40:?");
});

Deno.test("partition() is exact when the interval is longer than numbers count exactly", () => {
  const ready = LAUNCH + 2n ** 60n;
  const open = span({ id: "a", start: 0 });
  const late = { ...open, spanId: "b", startTimeUnixNano: ready - 3n };
  const last = { ...open, spanId: "c", startTimeUnixNano: ready - 3n, endTimeUnixNano: ready - 2n };
  assertEquals(partition([last, { ...late, endTimeUnixNano: ready - 1n }], LAUNCH, ready), [
    { start: LAUNCH, end: ready - 3n },
    { start: ready - 3n, end: ready - 1n, owner: { ...late, endTimeUnixNano: ready - 1n } },
    { start: ready - 1n, end: ready },
  ]);
});

function checkInvariants(spans: SpanRecord[], segments: Segment[], ready: bigint): void {
  let at = LAUNCH;
  for (const { start, end, owner, container } of segments) {
    assertEquals(start, at, "segments tile the interval");
    assert(end > start, "no segment is empty");
    at = end;
    const covers = (span: SpanRecord) =>
      span.startTimeUnixNano <= start && (span.endTimeUnixNano ?? ready) >= end;
    const isContainer = (span: SpanRecord) => span.attributes["coldtrace.container"] === true;
    if (owner) {
      assert(covers(owner) && !isContainer(owner), "an owner covers its segment");
      assertEquals(container, undefined);
    } else if (container) assert(covers(container) && isContainer(container));
  }
  assertEquals(at, ready, "segments reach to ready");
  // A nanosecond is unattributed if and only if nothing but containers covers it.
  for (const span of spans) {
    const isAlone = spans.every((other) => other === span || other.spanId !== span.spanId);
    if (!isAlone || span.attributes["coldtrace.container"] === true) continue;
    for (const { start, end, owner } of segments) {
      if (owner) continue;
      const overlaps = span.startTimeUnixNano < end && (span.endTimeUnixNano ?? ready) > start &&
        span.startTimeUnixNano < (span.endTimeUnixNano ?? ready);
      assert(!overlaps, `${span.spanId} covers unattributed time`);
    }
  }
}

const shapes = [[6000, 13, 40, 30], [400, 60, 80, 60], [60, 200, 5000, 4000], [60, 400, 5000, 99]];
for (const [count = 0, size = 0, length = 0, longest = 0] of shapes) {
  Deno.test(`partition() holds its invariants on ${count} random forests of ${size} up to ${longest} ns`, () => {
    const ready = LAUNCH + BigInt(length);
    for (let seed = 1; seed <= count; seed++) {
      const below = random(seed * 2654435761);
      const spans = randomForest(below, 1 + below(size), length, longest);
      const segments = partition(spans, LAUNCH, ready);
      try {
        checkInvariants(spans, segments, ready);
        assertEquals(show(segments), show(referencePartition(spans, LAUNCH, ready)));
        const shuffled = spans.map((span) => ({ span, key: below(1000) }))
          .sort((a, b) => a.key - b.key).map(({ span }) => span);
        assertEquals(show(partition(shuffled, LAUNCH, ready)), show(segments));
      } catch (error) {
        throw new Error(
          `seed ${seed}: ${JSON.stringify(spans, (_, v) => typeof v === "bigint" ? `${v}` : v)}`,
          {
            cause: error,
          },
        );
      }
    }
  });
}

Deno.test("partition() does not depend on the order of records that share an id", () => {
  const a = span({ id: "a", start: 10, end: 40, name: "x" });
  const records = [
    a,
    span({ id: "a", start: 10, end: 40, name: "y" }),
    span({ id: "a", start: 10, end: 50, name: "w" }),
    span({ id: "a", start: 10, end: 40, name: "w", container: true }),
    span({ id: "a", start: 10, end: 40, name: "z", parent: "b" }),
    span({ id: "b", start: 0, end: 60 }),
  ];
  const expected = partition(records, LAUNCH, LAUNCH + 100n);
  assertEquals(partition(records.toReversed(), LAUNCH, LAUNCH + 100n), expected);
  assert(expected.some(({ owner }) => owner?.spanId === "a"));
});

Deno.test("partition() gets through a hundred thousand spans in a row", () => {
  // Each a child of the one before, as continuations are: what scans upwards never ends.
  const count = 100_000;
  const spans = Array.from(
    { length: count },
    (_, i) => span({ id: `s${i}`, start: i * 10, end: i * 10 + 15, parent: `s${i - 1}` }),
  );
  const segments = partition(spans, LAUNCH, LAUNCH + BigInt(count * 10));
  assertEquals(segments.length, count);
  assert(segments.every(({ owner, end, start }) => owner && end - start <= 15n));
});

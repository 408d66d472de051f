import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { lanesOf, type LaneSpan } from "../../../src/read/plot/lanes.ts";

type Brief = [id: string, start: number, end: number, parent?: string];

function lanes(...briefs: Brief[]): number[] {
  const ids = briefs.map(([id]) => id);
  return lanesOf(briefs.map(([, start, end, parent = ""]) => ({
    start,
    end,
    parent: ids.indexOf(parent),
  })));
}

/** Any spans: parents that are not there, cycles, children beyond their parents. */
const forests = fc.array(
  fc.record({
    parent: fc.integer({ min: -1, max: 20 }),
    start: fc.integer({ min: 0, max: 30 }),
    length: fc.integer({ min: 0, max: 20 }),
  }),
  { maxLength: 30 },
).map((all) =>
  all.map(({ parent, start, length }): LaneSpan => ({ parent, start, end: start + length }))
);

/** Whether `child` stands somewhere under `parent`. */
function isBelow(child: LaneSpan, parent: LaneSpan, spans: readonly LaneSpan[]): boolean {
  const seen = new Set<LaneSpan>();
  let at: LaneSpan | undefined = child;
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    at = spans[at.parent];
    if (at === parent) return true;
  }
  return false;
}

Deno.test("lanesOf() puts children into their parents, and what overlaps beside it", () => {
  assertEquals(lanes(["a", 0, 10], ["b", 2, 8, "a"], ["c", 3, 5, "b"]), [0, 0, 0]);
  assertEquals(lanes(["a", 0, 10], ["b", 2, 6, "a"], ["c", 4, 8, "a"]), [0, 0, 1]);
  assertEquals(lanes(["a", 0, 10], ["b", 2, 12, "a"]), [0, 1]);
  assertEquals(lanes(["a", 0, 10], ["b", 10, 12], ["c", 11, 13]), [0, 0, 1]);
});

Deno.test("lanesOf() puts no span into one that is not above it", () => {
  assertEquals(lanes(["a", 0, 10], ["b", 2, 8]), [0, 1]);
  assertEquals(lanes(["a", 0, 10], ["b", 0, 10], ["c", 2, 8, "b"]), [0, 1, 1]);
});

Deno.test("lanesOf() puts equal spans into each other by who is above", () => {
  assertEquals(lanes(["z", 0, 10], ["a", 0, 10, "z"]), [0, 0]);
  assertEquals(lanes(["a", 5, 5], ["b", 5, 5, "a"]), [0, 0]);
});

Deno.test("lanesOf() takes the lowest lane that is free", () => {
  const briefs: Brief[] = [["a", 0, 4], ["b", 1, 9], ["c", 2, 6], ["d", 6, 8], ["e", 7, 9]];
  assertEquals(lanes(...briefs), [0, 1, 2, 0, 2]);
});

Deno.test("lanesOf() gives lanes whose spans nest by descent, whatever the spans", () => {
  fc.assert(fc.property(forests, (spans) => {
    const lanes = lanesOf(spans);
    assertEquals(lanes.length, spans.length);
    for (const [i, a] of spans.entries()) {
      for (const [j, b] of spans.entries()) {
        if (i >= j || lanes[i] !== lanes[j] || a.end <= b.start || b.end <= a.start) continue;
        const isWithin = (x: LaneSpan, y: LaneSpan) =>
          y.start <= x.start && x.end <= y.end && isBelow(x, y, spans);
        assert(isWithin(a, b) || isWithin(b, a), `${i} and ${j} share a lane`);
      }
    }
  }));
});

Deno.test("lanesOf() needs no more lanes than there are spans at once", () => {
  fc.assert(fc.property(forests, (spans) => {
    const most = Math.max(
      0,
      ...spans.map(({ start }) =>
        spans.filter((s) => s.start <= start && (start < s.end || s.start === start)).length
      ),
    );
    assert(Math.max(-1, ...lanesOf(spans)) < most || spans.length === 0);
  }));
});

Deno.test("lanesOf() lays out a long line of descent, and many spans at once", () => {
  const line = Array.from({ length: 50_000 }, (_, i): LaneSpan => ({
    parent: i - 1,
    start: i,
    end: 200_000 - i,
  }));
  assertEquals(new Set(lanesOf(line)), new Set([0]));
  const crowd = line.map((span) => ({ ...span, parent: -1 }));
  assertEquals(new Set(lanesOf(crowd)).size, 50_000);
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type FlameItem, flameOf } from "../../../src/read/plot/flame.ts";

/** Items with parents among those before and behind them, cycles and instants included. */
const items: fc.Arbitrary<FlameItem[]> = fc.array(
  fc.record({
    start: fc.integer({ min: -50, max: 50 }),
    length: fc.integer({ min: 0, max: 40 }),
    parent: fc.integer({ min: -1, max: 30 }),
  }),
  { maxLength: 30 },
).map((all) =>
  all.map(({ start, length, parent }) => ({
    start,
    end: start + length,
    parent: parent < all.length ? parent : -1,
  }))
);

Deno.test("flameOf() never puts two that overlap on one line", () => {
  fc.assert(fc.property(items, (all) => {
    const lines = flameOf(all);
    all.forEach((a, i) =>
      all.slice(i + 1).forEach((b, j) => {
        const isApart = Math.max(a.end, a.start + 1) <= b.start ||
          Math.max(b.end, b.start + 1) <= a.start;
        assert(isApart || lines[i] !== lines[i + 1 + j]);
      })
    );
  }));
});

Deno.test("flameOf() puts what is part of another below it", () => {
  fc.assert(fc.property(items, (all) => {
    const lines = flameOf(all);
    all.forEach(({ start, end, parent }, i) => {
      const above = all[parent];
      if (above === undefined || above.start >= start || above.end < end) return;
      assert(Number(lines[i]) > Number(lines[parent]));
    });
  }));
});

Deno.test("flameOf() draws nested ones as a flame chart and uses free lines again", () => {
  const lines = flameOf([
    { start: 0, end: 100, parent: -1 },
    { start: 0, end: 60, parent: 0 },
    { start: 10, end: 20, parent: 1 },
    { start: 60, end: 100, parent: 0 },
    { start: 50, end: 70, parent: 0 },
    { start: 100, end: 120, parent: -1 },
  ]);
  assertEquals([...lines], [0, 1, 2, 1, 2, 0]);
});

Deno.test("flameOf() draws a parent of the same length above its child, whoever comes first", () => {
  assertEquals([...flameOf([{ start: 0, end: 9, parent: 1 }, { start: 0, end: 9, parent: -1 }])], [
    1,
    0,
  ]);
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Bar, eachBar } from "../../../../src/show/plot/page/bars.ts";

function bars(items: [start: number, end: number][], from: number, to: number, width: number) {
  const x = (time: number) => (time - from) / (to - from) * width;
  const found: Bar[] = [];
  const times = { start: items.map(([start]) => start), end: items.map(([, end]) => end) };
  eachBar(times, 0, items.length, { from, to, x }, (bar) => found.push({ ...bar }));
  return found;
}

/** Items one after the other, with room between some. */
const row = fc.array(fc.tuple(fc.nat(20), fc.nat(30)), { maxLength: 60 }).map((parts) => {
  let at = 0;
  return parts.map(([gap, length]): [number, number] => [at += gap, at += length]);
});

Deno.test("eachBar() visits what is seen once, in order, and nothing that is not", () => {
  fc.assert(fc.property(row, fc.nat(300), fc.integer({ min: 1, max: 400 }), (items, from, room) => {
    const to = from + room;
    const seen = items.flatMap(([start, end], i) => end >= from && start <= to ? [i] : []);
    const found = bars(items, from, to, 50);
    assertEquals(
      found.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i)
      ),
      seen,
    );
    for (const { index, first, last, width } of found) {
      assert(first <= index && index <= last && width >= 1);
    }
  }));
});

Deno.test("eachBar() draws no more bars than there are pixels for, however many items", () => {
  const items = Array.from({ length: 20_000 }, (_, i): [number, number] => [i * 10, i * 10 + 9]);
  const found = bars(items, 0, 200_000, 500);
  assert(found.length <= 501, `${found.length}`);
  assertEquals(found.reduce((sum, { first, last }) => sum + last - first + 1, 0), 20_000);
});

Deno.test("eachBar() leaves what is a pixel or more alone, and merges under the longest", () => {
  const found = bars([[0, 10], [10, 10.1], [10.1, 10.5], [10.5, 20]], 0, 20, 20);
  assertEquals(found.map(({ index, first, last }) => [index, first, last]), [
    [0, 0, 0],
    [2, 1, 2],
    [3, 3, 3],
  ]);
});

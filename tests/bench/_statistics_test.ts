import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { median, shiftOf } from "../../bench/_statistics.ts";

/** The same numbers each time, evenly spread over 0 to 1. */
function* random(): Generator<number> {
  for (let state = 1;; state = state * 48271 % 2147483647) yield state / 2147483647;
}

/** Noise as a shared machine has it: often little, sometimes very much. */
function noise(count: number): number[] {
  const numbers = random();
  const next = () => numbers.next().value as number;
  return Array.from({ length: count }, () => next() + (next() > 0.9 ? 50 * next() : 0));
}

Deno.test("median() is the middle, or between the two in the middle", () => {
  assertEquals(median([3, 1, 2]), 2);
  assertEquals(median([4, 1, 3, 2]), 2.5);
  assertEquals(median([10, 9, 100]), 10);
});

Deno.test("shiftOf() finds the shift behind noise that is now and then very large", () => {
  const a = noise(200);
  const b = noise(400).slice(200);
  const { value, low, high } = shiftOf(a.map((time, i) => time + 2 - (b[i] ?? 0)));
  assertAlmostEquals(value, 2, 0.3);
  assert(low < 2 && 2 < high);
  assert(high - low < 1.5, `${low} to ${high}`);
});

Deno.test("shiftOf() is exact where there is no noise", () => {
  assertEquals(shiftOf(new Array(12).fill(3)), { value: 3, low: 3, high: 3 });
});

Deno.test("shiftOf() knows no end of the interval when there are too few pairs", () => {
  const { value, low, high } = shiftOf([1, 2, 3]);
  assertEquals(value, 2);
  assertEquals([low, high], [-Infinity, Infinity]);
  assertEquals(shiftOf([]).low, -Infinity);
});

Deno.test("shiftOf() is surer with more pairs", () => {
  const width = (count: number) => {
    const { low, high } = shiftOf(noise(count));
    return high - low;
  };
  assert(width(240) < width(60));
});

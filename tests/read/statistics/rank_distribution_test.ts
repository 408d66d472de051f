import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { tailsOfRankSum, uDistribution } from "../../../src/read/statistics/rank_distribution.ts";

/** How many of all orders of m and n have each U, by trying them. */
function counted(m: number, n: number): number[] {
  if (m === 0 || n === 0) return [1];
  const [first, last] = [counted(m - 1, n), counted(m, n - 1)];
  // The largest number is one of the m, and exceeds all n, or it is not.
  return Array.from({ length: m * n + 1 }, (_, u) => (first[u - n] ?? 0) + (last[u] ?? 0));
}

Deno.test("uDistribution() is what counting all orders gives", () => {
  for (const [m, n] of [[1, 1], [2, 5], [4, 4], [6, 6], [7, 3], [9, 8]] as const) {
    const counts = counted(m, n);
    const all = counts.reduce((sum, count) => sum + count, 0);
    let sum = 0;
    uDistribution(m, n)?.forEach((p, u) => {
      sum += counts[u] ?? NaN;
      assertAlmostEquals(p, sum / all, 1e-12);
    });
  }
});

Deno.test("uDistribution() grows, and reaches the middle, when there are many", () => {
  const found = uDistribution(200, 200) ?? new Float64Array();
  assertEquals(found.length, 20_001);
  found.forEach((p, u) => assert(p >= (found[u - 1] ?? 0)));
  const last = found.at(-1) ?? NaN;
  assert(last > 0.5 && last < 0.501);
  assertEquals(uDistribution(201, 200), undefined);
});

Deno.test("tailsOfRankSum() is uDistribution() when no ranks are equal", () => {
  const ranks = Array.from({ length: 11 }, (_, i) => 2 * (i + 1));
  uDistribution(5, 6)?.forEach((p, u) => {
    const sum = 2 * (u + 15);
    assertAlmostEquals(tailsOfRankSum(ranks, 5, sum).lower, p, 1e-12);
  });
});

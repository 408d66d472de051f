import { assertAlmostEquals, assertEquals } from "@std/assert";
import { median, quantilesOf } from "../../../src/read/statistics/quantiles.ts";
import { EXPECTED } from "./_expected.ts";

Deno.test("quantilesOf() finds what NumPy does", () => {
  for (const { values, q1, median: middle, q3 } of EXPECTED.quantiles) {
    const found = quantilesOf(values);
    assertAlmostEquals(found.q1, q1, 1e-9);
    assertAlmostEquals(found.median, middle, 1e-9);
    assertAlmostEquals(found.q3, q3, 1e-9);
    assertEquals([found.min, found.max], [Math.min(...values), Math.max(...values)]);
  }
});

Deno.test("median() is exact when times are in nanoseconds, and not a number of nothing", () => {
  assertEquals(median([134_553_314_200, 134_553_314_202]), 134_553_314_201);
  assertEquals(median([]), NaN);
});

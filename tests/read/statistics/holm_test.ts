import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { holm } from "../../../src/read/statistics/holm.ts";
import { EXPECTED } from "./_expected.ts";

Deno.test("holm() corrects as statsmodels does", () => {
  for (const { p, holm: expected } of EXPECTED.holm) {
    const found = holm(p);
    assertEquals(found.length, expected.length);
    found.forEach((value, i) => assertAlmostEquals(value, expected[i] ?? NaN, 1e-12));
  }
  assertEquals(holm([]), []);
});

Deno.test("holm() keeps the order of p-values and lies between them and Bonferroni's", () => {
  const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
  fc.assert(fc.property(ps, (ps) => {
    const corrected = holm(ps);
    corrected.forEach((value, i) => {
      const p = ps[i] ?? NaN;
      assert(value >= p && value <= Math.min(1, p * ps.length));
      ps.forEach((other, j) => assert(p > other || value <= (corrected[j] ?? NaN)));
    });
  }));
});

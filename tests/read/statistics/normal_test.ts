import { assertAlmostEquals } from "@std/assert";
import { upperQuantile, upperTail } from "../../../src/read/statistics/normal.ts";
import { EXPECTED } from "./_expected.ts";

Deno.test("upperTail() is SciPy's, to a millionth of itself", () => {
  for (const { z, p } of EXPECTED.upper_tail) assertAlmostEquals(upperTail(z), p, 1e-6 * p);
});

Deno.test("upperQuantile() undoes upperTail()", () => {
  for (const p of [0.5, 0.2, 0.05, 0.025, 0.001, 1e-6]) {
    assertAlmostEquals(upperTail(upperQuantile(p)), p, 1e-6 * p);
  }
  assertAlmostEquals(upperQuantile(0.025), 1.959964, 1e-5);
});

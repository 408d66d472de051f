import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { leastP, mannWhitney } from "../../../src/read/statistics/mann_whitney.ts";
import { EXPECTED } from "./_expected.ts";

Deno.test("mannWhitney() counts the p-value that SciPy does, with ties and without", () => {
  for (const { a, b, u, exact } of EXPECTED.rank_tests) {
    const found = mannWhitney(a, b);
    assertEquals([found.u, found.method], [u, "exact"]);
    assertAlmostEquals(found.p, exact ?? NaN, 1e-12);
  }
});

Deno.test("mannWhitney() counts 100 against 100, and approximates as SciPy does where many tie", () => {
  for (const { a, b, u, exact, asymptotic } of EXPECTED.large_rank_tests) {
    const found = mannWhitney(a, b);
    assertEquals([found.u, found.method], [u, exact === null ? "normal" : "exact"]);
    const expected = exact ?? asymptotic;
    assertAlmostEquals(found.p, expected, exact === null ? 1e-6 * expected : 1e-9 * expected);
  }
});

Deno.test("mannWhitney() is the same from either side, and whatever is done to the order", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(sample, sample, (a, b) => {
    const { u, p } = mannWhitney(a, b);
    const turned = mannWhitney(b, a);
    assertEquals(u + turned.u, a.length * b.length);
    assertAlmostEquals(p, turned.p, 1e-12);
    assert(p > 0 && p <= 1);
    assertEquals(mannWhitney(a.toReversed(), b.map((value) => value)), { u, p, method: "exact" });
    // Ranks are all that counts.
    assertEquals(mannWhitney(a.map((x) => x ** 3), b.map((x) => x ** 3)).p, p);
  }));
});

Deno.test("mannWhitney() says 1 when all numbers are equal", () => {
  assertEquals(mannWhitney([3, 3, 3], [3, 3, 3, 3]).p, 1);
  const many = new Array<number>(60).fill(2);
  assertEquals(mannWhitney(many, many), { u: 1800, p: 1, method: "normal" });
});

Deno.test("leastP() is what the test gives when no two samples overlap", () => {
  for (const [m, n] of [[1, 1], [3, 3], [4, 4], [5, 5], [6, 6], [10, 10], [4, 9]] as const) {
    const a = Array.from({ length: m }, (_, i) => i);
    const b = Array.from({ length: n }, (_, i) => 100 + i);
    assertAlmostEquals(leastP(m, n), mannWhitney(a, b).p, 1e-12);
  }
  // The table in README.
  assertAlmostEquals(leastP(3, 3), 0.1, 1e-12);
  assertAlmostEquals(leastP(6, 6), 2 / 924, 1e-12);
});

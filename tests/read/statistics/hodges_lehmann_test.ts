import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { hodgesLehmann } from "../../../src/read/statistics/hodges_lehmann.ts";
import { mannWhitney } from "../../../src/read/statistics/mann_whitney.ts";
import { EXPECTED } from "./_expected.ts";

Deno.test("hodgesLehmann() gives the shifts that SciPy's exact test does not reject", () => {
  for (const { a, b, shift, low, high } of EXPECTED.shifts) {
    const found = hodgesLehmann(a, b);
    assertAlmostEquals(found.value, shift, 1e-9);
    assertAlmostEquals(found.low, low, 1e-9);
    assertAlmostEquals(found.high, high, 1e-9);
    assert(found.confidence >= 0.95 && found.confidence < 0.98);
  }
});

Deno.test("hodgesLehmann() says how sure its interval is when there are too few", () => {
  const sure = (n: number) => {
    const a = Array.from({ length: n }, (_, i) => i * 1.01);
    return hodgesLehmann(a, a.map((value) => value + 10)).confidence;
  };
  assertEquals(sure(1), 0);
  assertAlmostEquals(sure(2), 1 - 2 / 6, 1e-12);
  assertAlmostEquals(sure(3), 0.9, 1e-12);
  assertAlmostEquals(sure(4), 1 - 2 / 70, 1e-12);
  assertEquals(hodgesLehmann([1], [4]), { value: 3, low: 3, high: 3, confidence: 0 });
});

Deno.test("hodgesLehmann() has nothing in its interval that the test rejects, and shifts with b", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 4, maxLength: 9 });
  fc.assert(fc.property(sample, sample, fc.integer({ min: -1e6, max: 1e6 }), (a, b, by) => {
    const { value, low, high, confidence } = hodgesLehmann(a, b);
    assert(low <= value && value <= high && confidence >= 0.95);
    // Exactly when 0 lies outside, the test is significant; ties let it be in doubt at the ends.
    const { p } = mannWhitney(a, b);
    if (low > 0 || high < 0) assert(p <= 0.05);
    const moved = hodgesLehmann(a, b.map((y) => y + by));
    assertEquals(moved, { value: value + by, low: low + by, high: high + by, confidence });
  }));
});

Deno.test("hodgesLehmann() is approximate for many, and no narrower than the exact one", () => {
  const a = Array.from({ length: 210 }, (_, i) => (i * 7919) % 1009);
  const { value, low, high, confidence } = hodgesLehmann(a, a.map((x) => x + 50));
  assertAlmostEquals(confidence, 0.95, 1e-12);
  assert(low < 50 && 50 < high);
  assertAlmostEquals(value, 50, 1);
  const exact = hodgesLehmann(a.slice(0, 200), a.slice(0, 200).map((x) => x + 50));
  assert(high - low > 0.9 * (exact.high - exact.low));
});

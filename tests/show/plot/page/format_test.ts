import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { duration, share, size, stepOf, time } from "../../../../src/show/plot/page/format.ts";
import { formatDuration } from "../../../../src/show/duration.ts";

Deno.test("duration() writes as formatDuration() does, from a tenth of a millisecond on", () => {
  fc.assert(fc.property(fc.integer({ min: 100_000, max: 10 ** 13 }), (ns) => {
    assertEquals(duration(ns), formatDuration(BigInt(ns)));
  }));
  assertEquals([0, 900, 99_900, -2e9].map(duration), ["0 ms", "0.9 µs", "99.9 µs", "-2.00 s"]);
});

Deno.test("share() and size() write what people read", () => {
  assertEquals([share(1, 8), share(1, 0)], ["12.5 %", ""]);
  assertEquals([size(12), size(1536), size(2 ** 31), size(2 ** 51)], [
    "12 B",
    "1.5 KiB",
    "2.0 GiB",
    "2048.0 TiB",
  ]);
});

Deno.test("stepOf() is at least what is asked for, and a number that people count in", () => {
  assertEquals([1, 3e5, 4.1e9, 6e9, 2e10, 31e9, 1e12, 4e12].map(stepOf), [
    1,
    5e5,
    5e9,
    1e10,
    3e10,
    6e10,
    18e11,
    72e11,
  ]);
  fc.assert(fc.property(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), (least) => {
    assert(stepOf(least) >= least);
  }));
});

Deno.test("time() tells one line of the axis from the next", () => {
  assertEquals(time(0, 1e9), "0");
  assertEquals(time(15e9, 15e9), "15 s");
  assertEquals(time(1.5e9, 5e8), "1.5 s");
  assertEquals(time(44.12e9, 2e7), "44.12 s");
  assertEquals(time(2e7, 2e7), "20 ms");
  assertEquals(time(1500, 500), "1.5 µs");
  assertEquals(time(65e9, 5e9), "1:05 min");
  assertEquals(time(65.25e9, 25e7), "1:05.3 min");
  assertEquals(time(-2e7, 2e7), "-20 ms");
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 13 }),
    fc.constantFrom(1, 2, 5),
    fc.integer({ min: 0, max: 10_000 }),
    (power, digit, n) => {
      const step = digit * 10 ** power;
      assert(time(n * step, step) !== time((n + 1) * step, step), `${n} * ${step}`);
    },
  ));
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { latestFirst } from "../../../src/read/partition/forest.ts";

Deno.test("latestFirst() does what a stable sort does, however large the times are", () => {
  const time = fc.oneof(
    fc.nat(5),
    fc.maxSafeNat(),
    fc.integer({ min: 0, max: 60 }).map((bits) => 2 ** bits),
  );
  fc.assert(fc.property(fc.array(time, { maxLength: 40 }), fc.array(fc.nat(39)), (all, some) => {
    const indexes = Int32Array.from(some.filter((i) => i < all.length));
    const expected = indexes.toSorted((i, j) => (all[j] as number) - (all[i] as number));
    assertEquals(latestFirst(indexes, Float64Array.from(all)), expected);
    assertEquals(latestFirst(indexes, BigUint64Array.from(all, BigInt)), expected);
  }));
});

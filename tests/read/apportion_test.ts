import { assert, assertEquals } from "@std/assert";
import { apportion } from "../../src/read/apportion.ts";
import { random } from "./_spans.ts";

Deno.test("apportion() gives what is left over to the largest remainders", () => {
  // Quotas 33.3, 33.3, 33.3; then 14.29, 28.57, 57.14.
  assertEquals(apportion([1n, 1n, 1n], 100n), [34n, 33n, 33n]);
  assertEquals(apportion([1n, 2n, 4n], 100n), [14n, 29n, 57n]);
});

Deno.test("apportion() gives nothing when there is nothing to divide by", () => {
  assertEquals(apportion([], 1000n), []);
  assertEquals(apportion([0n, 0n], 1000n), [0n, 0n]);
});

Deno.test("apportion() sums to the units and stays within one unit of the quota", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const below = random(seed * 7919);
    const parts = Array.from({ length: 1 + below(30) }, () => BigInt(below(1e9)) ** 2n);
    parts.push(1n);
    const total = parts.reduce((sum, part) => sum + part);
    const shares = apportion(parts, 1000n);
    assertEquals(shares.reduce((sum, share) => sum + share), 1000n);
    parts.forEach((part, i) => {
      const error = (shares[i] ?? 0n) * total - part * 1000n;
      assert(error < total && error > -total, `seed ${seed}`);
    });
  }
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { orderOf } from "../../../src/read/comparison/order.ts";

/** The order that letters stand for. */
function order(letters: string) {
  const times = (side: string) =>
    [...letters].flatMap((letter, i) => letter === side ? [BigInt(i)] : []);
  return orderOf(times("A"), times("B"));
}

Deno.test("orderOf() tells starts in turn from starts in blocks", () => {
  assertEquals(order("ABABABABABAB"), { inTurn: true, stretches: 12, least: 6 });
  for (const letters of ["ABBAABBAABBA", "ABABABAB", "BAABBAAB", "AABBAABB", "ABABA"]) {
    assert(order(letters).inTurn, letters);
  }
  assertEquals(order("AAAAAABBBBBB"), { inTurn: false, stretches: 2, least: 6 });
  for (const letters of ["AAABBBAAABBB", "AAAABBBB", "AABBBBAA", "BBBBBAAAAA", "ABBBBBBAAAAA"]) {
    assert(!order(letters).inTurn, letters);
  }
});

Deno.test("orderOf() accepts most orders that chance makes", () => {
  let accepted = 0;
  const letters = fc.shuffledSubarray([..."AAAAAABBBBBB"].map((side, i) => side + i), {
    minLength: 12,
  });
  const orders = fc.sample(letters, { numRuns: 1000, seed: 1 });
  for (const drawn of orders) if (order(drawn.map(([side]) => side).join("")).inTurn) accepted++;
  assert(accepted > 750 && accepted < 900, String(accepted));
});

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
  const { lean, ...turns } = order("ABABABABABAB");
  assertEquals(turns, { inTurn: true, stretches: 12, least: 6 });
  assert(lean < 0.5);
  for (const letters of ["ABBAABBAABBA", "ABABABAB", "BAABBAAB", "AABBAABB", "ABABA"]) {
    assert(order(letters).inTurn, letters);
  }
  assertEquals([order("AAAAAABBBBBB").inTurn, order("AAAAAABBBBBB").stretches], [false, 2]);
  for (const letters of ["AAABBBAAABBB", "AAAABBBB", "AABBBBAA", "BBBBBAAAAA", "ABBBBBBAAAAA"]) {
    assert(!order(letters).inTurn, letters);
  }
});

Deno.test("orderOf() tells starts in turn from those behind or around which there is a block", () => {
  const turns = "AB".repeat(7);
  for (const letters of ["AAAABABABABABBBB", turns + "B".repeat(6), turns + "A".repeat(12)]) {
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
  assert(accepted > 600 && accepted < 800, String(accepted));
});

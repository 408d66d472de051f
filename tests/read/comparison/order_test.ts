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
  const { ahead, ...turns } = order("ABABABABABAB");
  assertEquals(turns, { inTurn: true, stretches: 12, least: 6 });
  assert(ahead < 0.5);
  for (const letters of ["ABBAABBAABBA", "ABABABAB", "BAABBAAB", "AABBAABB", "ABABA"]) {
    assert(order(letters).inTurn, letters);
  }
  assertEquals([order("AAAAAABBBBBB").inTurn, order("AAAAAABBBBBB").stretches], [false, 2]);
  for (const letters of ["AAABBBAAABBB", "AAAABBBB", "AABBBBAA", "BBBBBAAAAA", "ABBBBBBAAAAA"]) {
    assert(!order(letters).inTurn, letters);
  }
});

Deno.test("orderOf() tells starts in turn from those beside or around which there are blocks", () => {
  const turns = "AB".repeat(7);
  for (
    const letters of [
      "AAAABABABABABBBB",
      "ABABABAAABBB",
      turns + "B".repeat(6),
      turns + "A".repeat(12),
      ...[4, 5, 6, 7, 8].flatMap((n) => {
        const [blocks, inTurn] = ["A".repeat(n) + "B".repeat(n), "AB".repeat(n)];
        return [blocks + inTurn, inTurn + blocks, inTurn + inTurn + blocks];
      }),
    ]
  ) {
    assert(!order(letters).inTurn, `${letters} ${order(letters).ahead}`);
  }
  // A few that died leave no blocks.
  for (const letters of ["AAABABABABAB", "ABABAAABABAB", turns + "AB".repeat(6) + "AABB"]) {
    assert(order(letters).inTurn, letters);
  }
});

Deno.test("orderOf() accepts half of the orders that chance makes", () => {
  let accepted = 0;
  const letters = fc.shuffledSubarray([..."AAAAAABBBBBB"].map((side, i) => side + i), {
    minLength: 12,
  });
  const orders = fc.sample(letters, { numRuns: 1000, seed: 1 });
  for (const drawn of orders) if (order(drawn.map(([side]) => side).join("")).inTurn) accepted++;
  assert(accepted > 400 && accepted < 600, String(accepted));
});

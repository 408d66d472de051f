import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { compare, type ComparedRow } from "../../../src/read/comparison/compare.ts";
import type { RunVector } from "../../../src/read/comparison/vector.ts";
import { run } from "./_series.ts";

/** Noise of a few hundredths, another one for each start. */
const NOISE = [0, 0.03, -0.02, 0.01, -0.03, 0.02, 0.015, -0.01];

type Phases = Readonly<Record<string, number>>;

/** So many starts of each side in turn; what each is like, by its number. */
function sides(
  count: number,
  a: (i: number) => Phases,
  b: (i: number) => Phases,
): [RunVector[], RunVector[]] {
  const side = (phases: (i: number) => Phases, turn: number) =>
    Array.from({ length: count }, (_, i) => run(2 * i + turn, phases(i)));
  return [side(a, 0), side(b, 1)];
}

function noisy(seconds: number, i: number, turn = 0): number {
  return seconds * (1 + (NOISE[(i + 3 * turn) % NOISE.length] ?? 0));
}

function row(rows: readonly ComparedRow[], phase: string): ComparedRow {
  const found = rows.find((row) => row.phase === phase);
  assert(found, phase);
  return found;
}

Deno.test("compare() says what regressed, improved, and is the same", () => {
  const { rows, tested, noVerdict } = compare(...sides(
    6,
    (i) => ({ "Worker/weights": noisy(3, i), "Worker/compile": noisy(4, i), boot: 20 + i / 100 }),
    (i) => ({ "Worker/weights": noisy(5, i), "Worker/compile": noisy(2.4, i), boot: 20 + i / 90 }),
  ));
  assertEquals(noVerdict, undefined);
  assertEquals(rows.map(({ phase, verdict }) => [phase, verdict]), [
    ["total", "same"],
    ["weights", "regressed"],
    ["compile", "improved"],
    ["boot", "same"],
  ]);
  const weights = row(rows, "weights");
  assertEquals([weights.kind, weights.process], ["phase", "Worker"]);
  assertAlmostEquals(weights.shift, 2e9, 0.2e9);
  assert(weights.low > 1.7e9 && weights.high < 2.3e9 && weights.confidence >= 0.95);
  // Two rows are tested; boot cannot have shifted by 250 ms.
  assertEquals(tested, 2);
  assertAlmostEquals(weights.p ?? NaN, 2 * 2 / 924, 1e-12);
  assertEquals(row(rows, "boot").p, undefined);
});

Deno.test("compare() lets nothing regress below either floor, however sure it is", () => {
  const both = sides(6, (i) => ({ w: 10 + i / 1000 }), (i) => ({ w: 10.4 + i / 1000 }));
  const verdict = (change: number, time: number) =>
    compare(...both, { change, time }).rows.map((row) => row.verdict);
  assertEquals(verdict(0.05, 250e6), ["same", "same"]);
  assertEquals(verdict(0.01, 250e6), ["regressed", "regressed"]);
  assertEquals(verdict(0.01, 500e6), ["same", "same"]);
  // A row whose interval reaches beyond the floor is not the same.
  assertEquals(verdict(0.04, 250e6), ["inconclusive", "inconclusive"]);
});

Deno.test("compare() says how many runs would tell when it is inconclusive", () => {
  const { rows } = compare(...sides(
    6,
    (i) => ({ w: noisy(10, i, 0) * (i % 2 ? 1.2 : 1) }),
    (i) => ({ w: noisy(10.8, i, 1) * (i % 2 ? 1.2 : 1) }),
  ));
  const { verdict, needed } = row(rows, "total");
  assertEquals(verdict, "inconclusive");
  assert(needed !== undefined && needed > 6 && needed < 200);
});

Deno.test("compare() tests the total alone, and phases for how many they are", () => {
  const slow = (by: number) => (i: number) =>
    Object.fromEntries(
      Array.from({ length: 30 }, (_, k) => [`phase ${k}`, noisy(1 + by, i, k) * (i % 2 ? 1.5 : 1)]),
    );
  const { rows, tested } = compare(...sides(6, slow(0), slow(3)));
  assertEquals(tested, 30);
  assertEquals(row(rows, "total").verdict, "regressed");
  const phase = row(rows, "phase 7");
  // Even if no two runs overlap, 30 rows are too many for 6 + 6.
  assertEquals([phase.verdict, phase.needed], ["inconclusive", 7]);
  assert((phase.p ?? 0) > 0.05);
});

Deno.test("compare() says what appeared and vanished, and counts 0 where some runs lack a row", () => {
  const { rows } = compare(...sides(
    6,
    (i) => ({ old: noisy(2, i), some: i < 3 ? 1 : 0.001, boot: 10 }),
    (i) => ({
      ...(i > 0 && { new: noisy(1, i) }),
      boot: 10,
      ...(i < 3 && { some: 1 }),
      ...(i === 0 && { once: 3 }),
    }),
  ));
  const [fresh, old, some, once] = ["new", "old", "some", "once"].map((name) => row(rows, name));
  assertEquals([fresh?.verdict, fresh?.a, fresh?.b?.present], ["appeared", undefined, 5]);
  assertEquals([old?.verdict, old?.b, old?.p], ["vanished", undefined, undefined]);
  assertEquals([some?.verdict, some?.b?.present, some?.b?.min], ["inconclusive", 3, 0]);
  assertEquals([once?.verdict, once?.b?.present], ["inconclusive", 1]);
});

Deno.test("compare() calls a row that is too small to matter the same when it appears", () => {
  const { rows } = compare(...sides(6, () => ({ boot: 1 }), () => ({ boot: 1, new: 0.1 })));
  assertEquals(row(rows, "new").verdict, "same");
});

Deno.test("compare() gives no verdict when runs are few, or in blocks, or alone", () => {
  const phases = (seconds: number) => (i: number) => ({ w: noisy(seconds, i) });
  const few = compare(...sides(3, phases(1), phases(9)));
  assertEquals([few.noVerdict, few.least], ["few", 4]);
  assertAlmostEquals(few.leastP, 0.1, 1e-12);
  assertEquals(compare(...sides(1, phases(1), phases(9))).noVerdict, "single");
  const none = compare([], sides(6, phases(1), phases(1))[1]);
  assertEquals([none.noVerdict, none.rows], ["none", []]);
  const [a, b] = sides(6, phases(1), phases(9));
  const blocks = compare(a, b.map((run) => ({ ...run, launch: run.launch + 1000n })));
  assertEquals(blocks.noVerdict, "blocks");
  for (const { rows } of [few, blocks]) {
    const [total] = rows;
    assertEquals([total?.verdict, total?.p, total?.needed], [undefined, undefined, undefined]);
    assertAlmostEquals(total?.shift ?? NaN, 8e9, 0.3e9);
  }
});

Deno.test("compare() has the first token of the runs that tell one", () => {
  const [a, b] = sides(7, (i) => ({ w: noisy(9, i) }), (i) => ({ w: noisy(9, i) }));
  const seen = (side: RunVector[], told: number, ns = 1e9) =>
    side.map((run, i) => i < told ? { ...run, firstToken: run.total + ns } : run);
  const token = (...[left, right]: [RunVector[], RunVector[]]) => {
    const found = compare(left, right).rows.find(({ kind }) => kind === "first_token");
    return [found?.verdict, found?.a?.present, found?.b?.present];
  };
  assertEquals(token(a, b), [undefined, undefined, undefined]);
  assertEquals(token(seen(a, 7), seen(b, 6, 4e9)), ["regressed", 7, 6]);
  assertEquals(token(seen(a, 7), seen(b, 3, 4e9)), ["inconclusive", 7, 3]);
  assertEquals(token(seen(a, 7), b), ["vanished", 7, undefined]);
  assertEquals(token(a, seen(b, 6)), ["appeared", undefined, 6]);
  assertEquals(token(a, seen(b, 1)), ["inconclusive", undefined, 1]);
  const { shift, confidence } = row(compare(seen(a, 7), b).rows, "first token");
  assertEquals([shift, confidence], [0, 0]);
});

Deno.test("compare() finds a first request that became slow, though the total did not", () => {
  const [a, b] = sides(6, (i) => ({ w: noisy(9, i) }), (i) => ({ w: noisy(9, i) }));
  const later = (side: RunVector[], ns: number) =>
    side.map((run) => ({ ...run, firstToken: run.total + ns }));
  const { rows } = compare(later(a, 0.1e9), later(b, 4e9));
  assertEquals(row(rows, "first token").verdict, "regressed");
  assert(row(rows, "total").verdict !== "regressed");
});

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  insist,
  inTurn,
  judge,
  leastOf,
  measure,
  type Measurement,
  type Pair,
} from "../../bench/_check.ts";

const RATIO = { by: "ratio", bound: () => 1.1 } as const;
const DIFFERENCE = { by: "difference", bound: (off: number) => Math.max(0.02 * off, 4) } as const;

/** Pairs of 100 and what `subject` makes of the pair's number. */
function pairs(count: number, subject: (i: number) => number): Pair[] {
  return Array.from({ length: count }, (_, i) => ({ baseline: 100, subject: subject(i) }));
}

/** -1 and 1 in turn. */
const sign = (i: number) => i % 2 === 0 ? 1 : -1;

Deno.test("judge() says ok when the whole interval is within the bound", () => {
  const { verdict, shift, baseline, subject } = judge(RATIO, pairs(24, (i) => 104 + sign(i)));
  assertEquals(verdict, "ok");
  assertAlmostEquals(shift.value, 1.04, 0.005);
  assertEquals([baseline, subject], [100, 104]);
});

Deno.test("judge() says exceeded when the whole interval is beyond the bound", () => {
  assertEquals(judge(RATIO, pairs(24, (i) => 120 + sign(i))).verdict, "exceeded");
});

Deno.test("judge() says inconclusive when the bound is within the interval", () => {
  assertEquals(judge(RATIO, pairs(24, (i) => 110 + 8 * sign(i))).verdict, "inconclusive");
  assertEquals(judge(RATIO, pairs(3, () => 150)).verdict, "inconclusive");
});

Deno.test("judge() bounds a difference by the baseline's median", () => {
  assertEquals(judge(DIFFERENCE, pairs(24, (i) => 103 + sign(i) / 2)).verdict, "ok");
  assertEquals(judge(DIFFERENCE, pairs(24, (i) => 106 + sign(i) / 2)).verdict, "exceeded");
  const slow = pairs(24, (i) => 106 + sign(i) / 2)
    .map(({ baseline, subject }) => ({ baseline: baseline + 900, subject: subject + 900 }));
  const { verdict, bound } = judge(DIFFERENCE, slow);
  assertEquals([verdict, bound], ["ok", 20]);
});

Deno.test("judge() is not misled by pairs that a neighbour of the machine spoiled", () => {
  const spoiled = pairs(96, (i) => 104 + sign(i)).map((pair, i) => {
    if (i % 6 !== 0) return pair;
    return i % 4 === 0 ? { ...pair, subject: 400 } : { ...pair, baseline: 400 };
  });
  assertEquals(judge(RATIO, spoiled).verdict, "ok");
});

Deno.test("measure() stops when the pairs have said it, and starts with each in turn", async () => {
  const reversed: boolean[] = [];
  const { verdict, pairs } = await measure({
    name: "test",
    unit: "ms",
    ...RATIO,
    seconds: 60,
    pair: (isReversed) => {
      reversed.push(isReversed);
      return Promise.resolve({ baseline: 100, subject: 101 });
    },
  });
  assertEquals([verdict, pairs], ["ok", 12]);
  // The first is not counted.
  assertEquals(reversed.slice(0, 5), [false, false, true, false, true]);
});

Deno.test("measure() ends inconclusive when the time is over", async () => {
  const { verdict, pairs } = await measure({
    name: "test",
    unit: "ms",
    ...RATIO,
    seconds: 0,
    pair: (reversed) => Promise.resolve({ baseline: 100, subject: reversed ? 100 : 130 }),
  });
  assertEquals([verdict, pairs], ["inconclusive", 12]);
});

Deno.test("inTurn() measures the subject first when reversed", async () => {
  const order: string[] = [];
  const pair = inTurn(() => order.push("baseline"), () => order.push("subject"));
  assertEquals(await pair(false), { baseline: 1, subject: 2 });
  assertEquals(await pair(true), { baseline: 4, subject: 3 });
  assertEquals(order, ["baseline", "subject", "subject", "baseline"]);
});

Deno.test("leastOf() takes the least of each, and each first in turn", async () => {
  const times = [[5, 3], [4, 9], [7, 8]];
  const order: boolean[] = [];
  const pair = leastOf(3, (reversed) => {
    order.push(reversed);
    const [baseline = 0, subject = 0] = times[order.length - 1] ?? [];
    return Promise.resolve({ baseline, subject });
  });
  assertEquals(await pair(true), { baseline: 4, subject: 3 });
  assertEquals(order, [true, false, true]);
});

Deno.test("insist() believes an exceeded bound the third time, and the first other word", async () => {
  const run = async (...verdicts: Measurement["verdict"][]) => {
    const left = [...verdicts];
    const { verdict, attempts } = await insist(() => {
      const verdict = left.shift();
      assert(verdict !== undefined);
      return Promise.resolve({ verdict } as Measurement);
    });
    return [verdict, attempts];
  };
  assertEquals(await run("ok"), ["ok", 1]);
  assertEquals(await run("inconclusive"), ["inconclusive", 1]);
  assertEquals(await run("exceeded", "ok"), ["ok", 2]);
  assertEquals(await run("exceeded", "exceeded", "inconclusive"), ["inconclusive", 3]);
  assertEquals(await run("exceeded", "exceeded", "exceeded"), ["exceeded", 3]);
});

import { assertEquals, assertMatch } from "@std/assert";
import { budgetOf } from "../../../src/read/comparison/budget.ts";
import { FLOORS } from "../../../src/read/comparison/compare.ts";
import { judgeGate } from "../../../src/read/comparison/gate.ts";
import { type Side, sideOf } from "../../../src/read/comparison/sides.ts";
import { Chance, inTurn, series } from "./_series.ts";

/** Seven of each in turn, quiet; the new ones so much longer. */
function quiet(total: number, weights = 0): [Side, Side] {
  const [a, b] = inTurn(series({
    starts: 14,
    chance: new Chance(7),
    spread: 0.1,
    factor: (start, phase) =>
      start % 2 === 0 ? 1 : (1 + total) * (phase === "weights" ? 1 + weights : 1),
  }));
  return [sideOf("base", a), sideOf("new", b)];
}

function budgets(...texts: [name: string, text: string][]) {
  return texts.map(([name, text]) => budgetOf(name, text) ?? { name, more: { share: 0 } });
}

Deno.test("judgeGate() passes what is the same or better, and not what is slower", () => {
  assertEquals(judgeGate(...quiet(0)).outcome, "pass");
  assertEquals(judgeGate(...quiet(-0.2)).outcome, "pass");
  assertEquals(judgeGate(...quiet(0.2)).outcome, "regressed");
  const { outcome, reasons } = judgeGate(...quiet(0, 0.3));
  assertEquals([outcome, reasons], ["regressed", ["weights of Worker regressed"]]);
});

/** Rows of all new starts, or of the old ones, of which one phase was moved elsewhere. */
function moved(side: Side, from: string, to: Record<string, number>): Side {
  const runs = side.runs.map((run) => ({
    ...run,
    rows: run.rows.flatMap((row) =>
      `${row.process}/${row.phase}` !== from ? [row] : Object.entries(to).map(([name, share]) => {
        const [process = "", phase = ""] = name.split("/");
        return { process, phase, ns: Math.round(row.ns * share) };
      })
    ),
  }));
  return { ...side, runs };
}

Deno.test("judgeGate() does not pass a phase that appeared", () => {
  const [a, b] = quiet(0);
  // The weights of 3 s: 1 s less is told as another phase.
  const split = moved(b, "Worker/weights", { "Worker/weights": 1, "Worker/graphs": 0.4 });
  const { outcome, reasons, comparison } = judgeGate(a, split);
  assertEquals([outcome, reasons], ["regressed", ["graphs of Worker appeared"]]);
  assertEquals(comparison.rows.find(({ phase }) => phase === "graphs")?.verdict, "appeared");
  // The other way round it vanished, and what is less than the floors is the same.
  assertEquals(judgeGate(split, a).outcome, "pass");
  const small = moved(b, "Worker/weights", { "Worker/weights": 1, "Worker/graphs": 0.05 });
  assertEquals(judgeGate(a, small).outcome, "pass");
  const both = moved(split, "Worker/gc", { "Worker/gc": 1, "Worker/x": 0.15, "Worker/y": 0.15 });
  assertEquals(judgeGate(a, both).reasons, ["graphs, x and y of Worker appeared"]);
});

Deno.test("judgeGate() holds a phase that appeared against its budget alone", () => {
  const [a, b] = quiet(0);
  const split = moved(b, "Worker/weights", { "Worker/weights": 1, "Worker/graphs": 0.4 });
  const outcome = (more: string) => judgeGate(a, split, FLOORS, budgets(["graphs", more])).outcome;
  assertEquals([outcome("+2s"), outcome("+500ms")], ["pass", "regressed"]);
});

Deno.test("judgeGate() passes what has another name, and not what takes longer under it", () => {
  const [a, b] = quiet(0);
  const name = moved(b, "Worker/weights", { "Worker/load": 0.7, "Worker/convert": 0.3 });
  assertEquals(judgeGate(a, name).outcome, "pass");
  const longer = moved(b, "Worker/weights", { "Worker/load": 1.3 });
  assertEquals(judgeGate(a, longer).reasons, [
    "load of Worker appeared, and took more than what vanished",
  ]);
  // A process that one side alone has may have another name, too.
  const ranks = b.runs.map((run) => ({
    ...run,
    rows: run.rows.map((row) => row.process === "Worker" ? { ...row, process: "Rank 0" } : row),
  }));
  assertEquals(judgeGate(a, { ...b, runs: ranks }).outcome, "pass");
  // What vanished from another process that is there still is no excuse.
  const elsewhere = moved(b, "Worker/weights", { "EngineCore/weights": 1 });
  assertEquals(judgeGate(a, elsewhere).reasons, ["weights of EngineCore appeared"]);
});

Deno.test("judgeGate() is inconclusive about a phase that appeared in very few starts", () => {
  const few = quiet(0).map((side) => ({ ...side, runs: side.runs.slice(0, 5) }));
  const [a, b] = few;
  const split = b && moved(b, "Worker/weights", { "Worker/weights": 1, "Worker/graphs": 0.4 });
  const { reasons } = judgeGate(a ?? few[0] as Side, split as Side);
  assertMatch(reasons.join(), /graphs of Worker appeared, but not significantly among so many/);
});

Deno.test("judgeGate() drops the first start of each side", () => {
  const [a, b] = quiet(0);
  // The first of the new ones found empty caches.
  const [first, ...rest] = b.runs;
  const cold = first && { ...first, total: 10 * first.total };
  const { outcome, comparison, base, next } = judgeGate(a, {
    ...b,
    runs: [...cold ? [cold] : [], ...rest],
  });
  assertEquals([outcome, comparison.runs], ["pass", { a: 6, b: 6 }]);
  assertEquals([base.runs[0], next.runs[0]], [a.runs[1], b.runs[1]]);
});

Deno.test("judgeGate() is inconclusive about blocks, few runs, noise, and starts that died", () => {
  const [a, b] = quiet(0.2);
  const later = b.runs.map((run) => ({ ...run, launch: run.launch + 10n ** 15n }));
  const blocks = judgeGate(a, { ...b, runs: later });
  assertEquals([blocks.outcome, blocks.reasons], ["inconclusive", ["no verdict can be given"]]);
  const [few, others] = [a, b].map((side) => ({ ...side, runs: side.runs.slice(0, 4) }));
  assertEquals(judgeGate(few ?? a, others ?? b).comparison.noVerdict, "few");
  const loud = inTurn(series({ starts: 14, chance: new Chance(1) }));
  const noise = judgeGate(sideOf("base", loud[0]), sideOf("new", loud[1]));
  assertEquals([noise.outcome, noise.reasons], ["inconclusive", ["the total is inconclusive"]]);
  const [same, next] = quiet(0);
  const died = judgeGate(same, { ...next, failed: 1 });
  assertEquals(died.outcome, "inconclusive");
  assertMatch(died.reasons.join(), /^1 of 7 starts of new did not become ready$/);
  // What is slower is, whoever died.
  assertEquals(judgeGate(a, { ...b, failed: 1 }).outcome, "regressed");
});

Deno.test("judgeGate() holds what has a budget against that alone", () => {
  const sides = quiet(0, 0.3);
  const allowed = judgeGate(...sides, FLOORS, budgets(["weights", "+2s"]));
  assertEquals([allowed.outcome, allowed.budgets[0]?.verdict], ["pass", "kept"]);
  const exceeded = judgeGate(...sides, FLOORS, budgets(["weights", "+500ms"]));
  assertEquals([exceeded.outcome, exceeded.reasons], [
    "regressed",
    ["weights exceeds its budget"],
  ]);
  // The phases and the first token have floors, or budgets, of their own.
  const slower = quiet(0.2);
  assertEquals(judgeGate(...slower, FLOORS, budgets(["total", "+30%"])).outcome, "regressed");
  const loose = { change: 0.3, time: 250e6 };
  assertEquals(judgeGate(...slower, loose, budgets(["total", "+30%"])).outcome, "pass");
  assertEquals(judgeGate(...slower, loose, budgets(["total", "+5%"])).reasons, [
    "total exceeds its budget",
  ]);
});

Deno.test("judgeGate() is inconclusive when a budget is exceeded by noise", () => {
  const [a, b] = inTurn(series({ starts: 14, chance: new Chance(1) }));
  const { outcome, reasons } = judgeGate(
    sideOf("base", b),
    sideOf("new", a),
    FLOORS,
    budgets(["total", "+0.1%"]),
  );
  const { outcome: other } = judgeGate(
    sideOf("base", a),
    sideOf("new", b),
    FLOORS,
    budgets(["total", "+0.1%"]),
  );
  // Of two directions one is longer.
  assertEquals([outcome, other].sort(), ["inconclusive", "pass"]);
  if (outcome === "inconclusive") {
    assertEquals(reasons, ["total exceeds its budget, but not significantly"]);
  }
});

Deno.test("judgeGate() does not let a budget of the total free the first token", () => {
  const [a, b] = quiet(0);
  const late = b.runs.map((run) => ({ ...run, firstToken: run.total + 20e9 }));
  const { outcome, reasons } = judgeGate(
    a,
    { ...b, runs: late },
    FLOORS,
    budgets(["total", "+5%"]),
  );
  assertEquals([outcome, reasons], ["regressed", ["first token regressed"]]);
});

Deno.test("judgeGate() is inconclusive when new starts give no first token", () => {
  const [a, b] = quiet(0);
  const without = (count: number, more = {}) => {
    const runs = b.runs.map(({ firstToken, ...run }, i) =>
      i > count || firstToken === undefined
        ? { ...run, firstToken: run.total }
        : { ...run, ...more }
    );
    return judgeGate(a, { ...b, runs });
  };
  // The first start of the side is dropped: so many of the six others tell none.
  assertEquals(without(1).outcome, "pass");
  assertEquals([without(2).outcome, without(2).reasons], ["inconclusive", [
    "only 4 of 6 starts of new had a first token",
  ]]);
  assertEquals(without(6).reasons, ["only 0 of 6 starts of new had a first token"]);
  assertEquals(without(1, { unanswered: true }).reasons, [
    "1 of 6 starts of new gave no first token when asked",
  ]);
});

Deno.test("judgeGate() is inconclusive about a new side of which nothing became ready", () => {
  const [a, b] = quiet(0);
  const dead = sideOf("new", b.runs.map((run) => ({ ...run, ready: false })));
  const { outcome, reasons, comparison } = judgeGate(a, dead, FLOORS, budgets(["total", "+5%"]));
  assertEquals([outcome, reasons[0]], [
    "inconclusive",
    "7 of 7 starts of new did not become ready",
  ]);
  assertEquals(comparison.rows, []);
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { gateText, outcomeText, selfTestText } from "../../src/show/gate_text.ts";
import { judgeGate } from "../../src/read/comparison/gate.ts";
import { sideOf } from "../../src/read/comparison/sides.ts";
import { gateMarkdown } from "../../src/show/gate_markdown.ts";
import { gated } from "./_compared.ts";

const A = { name: "base", phases: { "W/load": 3, "W/import": 9 } };
const B = { name: "new", phases: { "W/load": 5, "W/import": 9.1 } };

Deno.test("gateText() begins with the outcome, then has the budgets and the comparison", () => {
  const text = gateText(gated(A, B, 7, [{ name: "load", more: { share: 0.1 } }]));
  const [first, second, blank, head, budget] = text.split("\n");
  assertEquals([first, second, blank], [
    "gate: regressed (total regressed, and 1 more)",
    "also: load exceeds its budget",
    "",
  ]);
  assertMatch(head ?? "", /^ {2}budget +was +is +shift +allowed +p +verdict$/);
  assertMatch(
    budget ?? "",
    /^ {2}load +3\.04 s +5\.01 s +\+1\.99 s +\+303\.5 ms +0\.002 +exceeded$/,
  );
  assertMatch(text, /\n\ntotal .+ regressed by .+, n = 6 \+ 6\n/);
});

Deno.test("outcomeText() is one word when nothing is wrong", () => {
  assertEquals(outcomeText(gated(A, A, 7).judgement), "gate: pass");
  assert(!gateText(gated(A, A, 7)).includes("budget"));
});

Deno.test("selfTestText() says how often it is wrong, and what it would find", () => {
  const detectable = [
    { kind: "total", phase: "total", median: 30e9, share: 0.12, findable: true },
    { kind: "phase", phase: "load", process: "W", median: 3e9, findable: true },
    { kind: "phase", phase: "warm", process: "W", median: 2e9, findable: false },
  ] as const;
  assertEquals(
    selfTestText({
      runs: 6,
      splits: 1000,
      seed: 1,
      falseAlarms: 23,
      rate: 0.023,
      inconclusive: 400,
      detectable,
    }),
    `false alarms: 23 of 1000 random splits into 6 + 6 (2.3 %); the total was
inconclusive in 400

  found in 8 of 10   median                if longer by
  total             30.00 s                       +12 %
  load (W)           3.00 s             more than 200 %
  warm (W)           2.00 s  cannot be found with 6 + 6
`,
  );
});

Deno.test("gateText() has the reason and no table when nothing of a side became ready", () => {
  const { judgement, differences } = gated(A, A, 7);
  const dead = sideOf("new", judgement.next.runs.map((run) => ({ ...run, ready: false })));
  const none = { judgement: judgeGate(judgement.base, dead), differences };
  assertEquals(
    gateText(none),
    `gate: inconclusive (6 of 6 starts of new did not become ready)

left out of new: 6 that did not become ready, or not yet
No verdict: a side has no start that became ready.
`,
  );
  assert(!gateMarkdown(none).includes("|"));
});

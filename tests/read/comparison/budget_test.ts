import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import {
  budgetOf,
  durationOf,
  holdAgainst,
  isOf,
  namesIn,
  shareOf,
} from "../../../src/read/comparison/budget.ts";
import { run } from "./_series.ts";

Deno.test("durationOf() and shareOf() read what has a unit, and nothing else", () => {
  assertEquals(["250ms", "2s", "1.5 min", "10us", "3ns"].map(durationOf), [
    250e6,
    2e9,
    90e9,
    10e3,
    3,
  ]);
  assertEquals(["5%", "2.5 %", "100%"].map(shareOf), [0.05, 0.025, 1]);
  for (const text of ["", "5", "s", "-1s", "1h", "1e3s", " 2s", "5 %%", "five%"]) {
    assertEquals([durationOf(text), shareOf(text)], [undefined, undefined], text);
  }
});

Deno.test("budgetOf() takes a share or a time more, and no less", () => {
  assertEquals(budgetOf("total", "+5%"), { name: "total", more: { share: 0.05 } });
  assertEquals(budgetOf("weights", "+2s"), { name: "weights", more: { time: 2e9 } });
  for (const text of ["5%", "-5%", "+", "+5", "++5%"]) {
    assertEquals(budgetOf("total", text), undefined);
  }
  assertEquals(budgetOf("", "+5%"), undefined);
});

Deno.test("isOf() counts a phase of all processes, and the first token apart from the total", () => {
  const phase = { kind: "phase", phase: "import", process: "Worker" } as const;
  const gap = { kind: "phase", phase: "unattributed in process Worker" } as const;
  const token = { kind: "first_token", phase: "first token" } as const;
  assertEquals([isOf("import", phase), isOf("Worker", phase), isOf("total", phase)], [
    true,
    false,
    false,
  ]);
  assertEquals([isOf("unattributed", gap), isOf("unattributed", phase)], [true, false]);
  assertEquals([isOf("total", token), isOf("first_token", token)], [false, true]);
});

Deno.test("holdAgainst() sums a phase over processes, and says what is kept, exceeded, unclear", () => {
  const side = (turn: number, each: number, spread: number) =>
    Array.from({ length: 6 }, (_, i) =>
      run(2 * i + turn, {
        "A/import": each + spread * (i % 3),
        "B/import": each,
        "unattributed in A": 1,
        unattributed: 1,
      }));
  const [a, b] = [side(0, 2, 0.01), side(1, 3, 0.01)];
  assertEquals(namesIn(a), ["total", "import", "unattributed"]);
  const of = (name: string, text: string) => {
    const budget = budgetOf(name, text);
    if (budget === undefined) throw new Error(text);
    return budget;
  };
  const budgets = [of("import", "+1s"), of("import", "+3s"), of("unattributed", "+1%")];
  const [exceeded, kept, none] = holdAgainst(budgets, a, b, true);
  assertEquals([exceeded?.verdict, exceeded?.shift, exceeded?.limit], ["exceeded", 2e9, 1e9]);
  // The smallest p-value that there is, three times.
  assertAlmostEquals(exceeded?.p ?? NaN, 3 * 2 / 924, 1e-9);
  assertEquals([kept?.verdict, kept?.limit], ["kept", 3e9]);
  assertEquals([none?.verdict, none?.shift, none?.limit], ["kept", 0, 0.02e9]);
  // What is not significant, or must not be tested, is unclear.
  assertEquals(holdAgainst(budgets, a, b, false).map(({ verdict, p }) => [verdict, p]), [
    ["unclear", undefined],
    ["kept", undefined],
    ["kept", undefined],
  ]);
  // Longer for certain, but not by more than a second for certain.
  const [close] = holdAgainst([of("import", "+1s")], side(0, 2, 0.2), side(1, 2.5, 0.3), true);
  assertEquals(close?.verdict, "unclear");
  assert((close?.shift ?? 0) > 1e9 && (close?.p ?? 0) > 0.05);
  const [share] = holdAgainst([of("import", "+20%")], a, b, true);
  assertEquals(share?.verdict, "exceeded");
  const [noise] = holdAgainst([of("import", "+1%")], side(0, 2, 2), side(1, 2.2, 2), true);
  assertEquals(noise?.verdict, "unclear");
});

Deno.test("holdAgainst() holds the first token of the runs that tell it, and is unclear without", () => {
  const side = (turn: number, seconds: number, told: number) =>
    Array.from(
      { length: 6 },
      (_, i) => run(2 * i + turn, { w: 1 }, i < told ? { firstToken: seconds * 1e9 + i } : {}),
    );
  const held = (isTold: number, more: string) => {
    const budget = budgetOf("first_token", more);
    const [result] = holdAgainst(budget ? [budget] : [], side(0, 2, 6), side(1, 4, isTold), true);
    return [result?.verdict, result?.shift === undefined];
  };
  assertEquals(held(5, "+1s"), ["exceeded", false]);
  assertEquals(held(5, "+3s"), ["kept", false]);
  // Of three none is significant by itself.
  assertEquals(held(3, "+50%"), ["unclear", false]);
  assertEquals(held(0, "+1s"), ["unclear", true]);
  assertEquals(namesIn(side(0, 2, 1)), ["total", "first_token", "w"]);
});

import { assert, assertEquals } from "@std/assert";
import { selfTest } from "../../../src/read/comparison/self_test.ts";
import { Chance, series } from "./_series.ts";

Deno.test("selfTest() finds at most 5 % false alarms, whatever the machine does", () => {
  for (const machine of ["steady", "changes"] as const) {
    const runs = series({ starts: 14, chance: new Chance(5), machine });
    const result = selfTest(runs, { splits: 300 });
    assertEquals([result.runs, result.splits], [6, 300]);
    assertEquals(result.rate, result.falseAlarms / 300);
    assert(result.rate <= 0.05, `${machine}: ${result.rate}`);
  }
});

Deno.test("selfTest() says what shift would be found, and the same each time", () => {
  const quiet = series({ starts: 14, chance: new Chance(6), spread: 0.25 });
  const loud = series({ starts: 14, chance: new Chance(6) });
  const result = selfTest(quiet, { splits: 200 });
  assertEquals(selfTest(quiet, { splits: 200 }), result);
  const [total, ...phases] = result.detectable;
  assertEquals([total?.kind, total?.phase], ["total", "total"]);
  // The floor is 5 %, so less is never found.
  assert(total?.share !== undefined && total.share > 0.05 && total.share < 0.15);
  const [louder] = selfTest(loud, { splits: 200 }).detectable;
  assert((louder?.share ?? Infinity) > total.share);
  assertEquals([phases.length, phases[0]?.phase], [6, "import"]);
});

Deno.test("selfTest() says which rows cannot be found at all, however long they take", () => {
  const result = selfTest(series({ starts: 10, chance: new Chance(6) }), { splits: 50 });
  const [total, ...phases] = result.detectable;
  assertEquals([result.runs, total?.findable], [4, true]);
  // Of 4 + 4 the least p-value is 0.029, and more than one row is tested.
  assertEquals(phases.map(({ findable, share }) => [findable, share]), [
    ...phases.map(() => [false, undefined]),
  ]);
});

import { assert, assertEquals } from "@std/assert";
import { leastRuns, runsNeeded } from "../../../src/read/statistics/power.ts";

Deno.test("leastRuns() is the number on each side from which a test can be significant", () => {
  assertEquals(leastRuns(0.05), 4);
  assertEquals(leastRuns(0.05 / 6), 5);
  assertEquals(leastRuns(0.05 / 23), 6);
  assertEquals(leastRuns(0.05 / 24), 7);
});

Deno.test("runsNeeded() grows with the spread and with the number of tests, and ends at 200", () => {
  const near = { runs: 6, halfWidth: 2, distance: 2, level: 0.05 };
  const needed = runsNeeded(near) ?? NaN;
  assert(needed > 6 && needed < 20);
  assert((runsNeeded({ ...near, halfWidth: 4 }) ?? NaN) > 3 * needed);
  assert((runsNeeded({ ...near, level: 0.05 / 12 }) ?? NaN) > needed);
  // Never fewer than there are, nor than can be significant.
  assertEquals(runsNeeded({ ...near, distance: 100 }), 7);
  assertEquals(runsNeeded({ runs: 3, halfWidth: 1, distance: 100, level: 0.05 / 23 }), 6);
  assertEquals(runsNeeded({ ...near, distance: 0.1 }), undefined);
  assertEquals(runsNeeded({ ...near, distance: 0 }), undefined);
});

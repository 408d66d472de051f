/** Whether what is promised of gates holds, on simulated series; README has the whole table. */
import { assert } from "@std/assert";
import { alarmsInBlocks, rates } from "./_calibration.ts";

Deno.test("judgeGate() gives at most 5 % false alarms when nothing has changed", () => {
  for (const starts of [7, 11]) {
    const { regressed } = rates({ starts, machine: "steady" }, 1000, 1);
    assert(regressed <= 0.05, `${starts}: ${regressed}`);
  }
});

Deno.test("judgeGate() gives at most 5 % false alarms when the machine changes its state", () => {
  for (const machine of ["changes", "slows"] as const) {
    const { regressed } = rates({ starts: 7, machine }, 1000, 2);
    assert(regressed <= 0.05, `${machine}: ${regressed}`);
  }
});

Deno.test("judgeGate() finds 20 % at 8 % spread in 85 % of cases when 6 + 6 remain", () => {
  const { regressed, total } = rates({ starts: 7, machine: "steady", total: 0.2 }, 1000, 3);
  assert(total >= 0.85, `total ${total}`);
  assert(regressed >= total);
});

Deno.test("compare() would be wrong about starts in blocks when it did not refuse them", () => {
  const inTurn = rates({ starts: 7, machine: "changes" }, 500, 4).regressed;
  const inBlocks = alarmsInBlocks(6, 500, 4);
  assert(inBlocks > 0.05 && inBlocks > 3 * inTurn, `${inBlocks} and ${inTurn}`);
});

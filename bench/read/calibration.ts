// deno-lint-ignore-file no-console
/**
 * How often a gate is right and wrong, on simulated series: prints the table that stands in
 * `calibration.md` beside this file. The same numbers come each time.
 *
 *     deno run bench/read/calibration.ts > bench/read/calibration.md && deno fmt bench/read/calibration.md
 *
 * @module
 */
import {
  alarmsInBlocks,
  type Rates,
  rates,
  type Scenario,
} from "../../tests/read/comparison/_calibration.ts";

const TIMES = 4000;
const SEED = 20261128;

const SCENARIOS: readonly (readonly [string, Scenario])[] = [
  ["nothing changed, 7 + 7", { starts: 7, machine: "steady" }],
  ["nothing changed, 11 + 11", { starts: 11, machine: "steady" }],
  ["nothing changed, machine changes its state, 7 + 7", { starts: 7, machine: "changes" }],
  ["nothing changed, machine slows by 1 % a start, 7 + 7", { starts: 7, machine: "slows" }],
  ["nothing changed, a quarter of the spread, 7 + 7", {
    starts: 7,
    machine: "steady",
    spread: 0.25,
  }],
  ...[6, 7, 9, 11].map((starts) =>
    [`all +20 %, ${starts} + ${starts}`, { starts, machine: "steady", total: 0.2 }] as const
  ),
  ["all +20 %, machine changes its state, 7 + 7", { starts: 7, machine: "changes", total: 0.2 }],
  ["all +8 %, a quarter of the spread, 7 + 7", {
    starts: 7,
    machine: "steady",
    spread: 0.25,
    total: 0.08,
  }],
  ["all +10 %, 7 + 7", { starts: 7, machine: "steady", total: 0.1 }],
  ["all +10 %, 21 + 21", { starts: 21, machine: "steady", total: 0.1 }],
  ...[0.2, 0.5, 1].flatMap((weights) =>
    [7, 11].map((starts) =>
      [
        `weights (a tenth of it) +${weights * 100} %, ${starts} + ${starts}`,
        { starts, machine: "steady", weights },
      ] as const
    )
  ),
];

const COLUMNS: readonly (keyof Rates)[] = ["regressed", "inconclusive", "pass", "total", "weights"];

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
console.log(`# How often a gate is right

Simulated starts of 30 s in 20 phases, ${TIMES} series each; the spread (standard deviation) of the
total is 8 %, of a phase 12 %. A machine that changes its state is 45 % slower for 8 starts at a
time on the mean. All are taken in turn, and the first start of each side is dropped: of 7 + 7,
6 + 6 are judged. Floors are 5 % and 250 ms, and there are no budgets.

The last columns say how often the total and the weights had regressed, the latter after Holm's
correction for some ten rows: printed, not promised.

| what | regressed | inconclusive | pass | the total had | the weights had |
| --- | --: | --: | --: | --: | --: |`);
for (const [name, scenario] of SCENARIOS) {
  const found = rates(scenario, TIMES, SEED);
  console.log(`| ${name} | ${COLUMNS.map((column) => percent(found[column])).join(" | ")} |`);
}
console.log(`
Of starts in blocks, A A A A A A B B B B B B, on a machine that changes its state, a row would have
regressed in ${
  percent(alarmsInBlocks(6, TIMES, SEED))
} though nothing changed. They get no verdict.`);

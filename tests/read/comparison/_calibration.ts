import { compare, type Verdict } from "../../../src/read/comparison/compare.ts";
import { judgeGate, type Outcome } from "../../../src/read/comparison/gate.ts";
import { sideOf } from "../../../src/read/comparison/sides.ts";
import { Chance, inTurn, type Machine, series } from "./_series.ts";

/** What is simulated, many times. */
export interface Scenario {
  /** Taken of each side; a gate drops the first of each. */
  readonly starts: number;
  readonly machine: Machine;
  /** How much of the spread there is: of 1 the total has 8 %. @default {1} */
  readonly spread?: number;
  /** How much longer all phases of the new side are. @default {0} */
  readonly total?: number;
  /** How much longer its weights are, which are a tenth of it. @default {0} */
  readonly weights?: number;
}

/** How often a gate said what, as shares of all. */
export interface Rates extends Readonly<Record<Outcome, number>> {
  /** How often the total had regressed. */
  readonly total: number;
  /** How often the weights had. */
  readonly weights: number;
}

/** Lets a gate judge simulated series, taken in turn. */
export function rates(scenario: Scenario, times: number, seed: number): Rates {
  const chance = new Chance(seed);
  const { starts, machine, spread = 1, total = 0, weights = 0 } = scenario;
  const counts = { pass: 0, regressed: 0, inconclusive: 0, total: 0, weights: 0 };
  for (let i = 0; i < times; i++) {
    const [a, b] = inTurn(series({
      starts: 2 * starts,
      chance,
      machine,
      spread,
      factor: (start, phase) =>
        start % 2 === 0 ? 1 : (1 + total) * (phase === "weights" ? 1 + weights : 1),
    }));
    const { outcome, comparison } = judgeGate(sideOf("a", a), sideOf("b", b));
    counts[outcome]++;
    const verdicts = new Map(comparison.rows.map(({ phase, verdict }) => [phase, verdict]));
    if (verdicts.get("total") === "regressed") counts.total++;
    if (verdicts.get("weights") === "regressed") counts.weights++;
  }
  const share = (count: number) => count / times;
  return {
    pass: share(counts.pass),
    regressed: share(counts.regressed),
    inconclusive: share(counts.inconclusive),
    total: share(counts.total),
    weights: share(counts.weights),
  };
}

/** What would be said of starts in blocks, if it was not refused: how often something regressed. */
export function alarmsInBlocks(starts: number, times: number, seed: number): number {
  const chance = new Chance(seed);
  let alarms = 0;
  for (let i = 0; i < times; i++) {
    const runs = series({ starts: 2 * starts, chance, machine: "changes" });
    // With launch times as if they had been taken in turn.
    const [a, b] = [runs.slice(0, starts), runs.slice(starts)].map((side, turn) =>
      side.map((run, j) => ({ ...run, launch: BigInt(2 * j + turn) }))
    );
    const verdicts: (Verdict | undefined)[] = compare(a ?? [], b ?? []).rows
      .map(({ verdict }) => verdict);
    if (verdicts.includes("regressed")) alarms++;
  }
  return alarms / times;
}

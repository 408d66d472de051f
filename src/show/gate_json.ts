/**
 * A gate's judgement for programs.
 *
 * @module
 */
import type { Outcome } from "../read/comparison/gate.ts";
import type { SelfTest } from "../read/comparison/self_test.ts";
import { type DiffReport, diffReport } from "./diff_json.ts";
import type { Gated } from "./gate_text.ts";

/** What became of a budget; durations are in nanoseconds. */
export interface GateReportBudget {
  /** `total`, `first_token`, `unattributed`, or a phase. */
  name: string;
  /** The median that it was; null where no run of A tells it. */
  a_ns: number | null;
  /** The median that it is now; null likewise. */
  b_ns: number | null;
  /** By how much B is longer; null where a side does not tell. */
  shift_ns: number | null;
  /** By how much it may be; null where that is a share of what is not known. */
  limit_ns: number | null;
  /**
   * The p-value of the shift against the limit, corrected for the number of budgets; null where no
   * test makes sense.
   */
  p: number | null;
  /**
   * `kept`, `exceeded` (by significantly more than the limit), or `unclear` (by more, but not
   * significantly; or a side does not tell).
   */
  verdict: "kept" | "exceeded" | "unclear";
}

/**
 * What `coldtrace gate --json` prints, version 1. Fields may be added within a version; none is
 * removed or changes its meaning.
 */
export interface GateReport {
  /** The version of this shape. */
  version: 1;
  /** `pass`, `regressed`, or `inconclusive`: exit code 0, 1, or 3. */
  outcome: Outcome;
  /** Why it is not `pass`, each as a line for people. */
  reasons: string[];
  /** In the order in which they were given. */
  budgets: GateReportBudget[];
  /** The comparison, without the first start of each side in each series. */
  diff: DiffReport;
}

/**
 * What `coldtrace gate --self-test --json` prints, version 1.
 */
export interface SelfTestReport {
  /** The version of this shape. */
  version: 1;
  /** How many runs each side of a split had. */
  runs: number;
  /** How many random splits there were. */
  splits: number;
  /** Where their random numbers began. */
  seed: number;
  /** In how many of them a row regressed, or appeared and would not have passed. */
  false_alarms: number;
  /** What that is of all, 0 to 1. */
  false_alarm_rate: number;
  /** In how many the total was inconclusive. */
  inconclusive: number;
  /** Which share of its median a row must be longer by to be found in 8 of 10; null: above 2. */
  detectable: {
    kind: "total" | "first_token" | "phase";
    phase: string;
    process: string | null;
    median_ns: number;
    share: number | null;
    /** False where so few runs make nothing significant, with so many rows. */
    findable: boolean;
  }[];
}

/** Puts a judgement in the shape of `coldtrace gate --json`. */
export function gateReport({ judgement, differences }: Gated): GateReport {
  const { outcome, reasons, budgets, base: a, next: b, comparison } = judgement;
  return {
    version: 1,
    outcome,
    reasons: [...reasons],
    budgets: budgets.map(({ budget, a, b, shift, limit, p, verdict }) => ({
      name: budget.name,
      a_ns: rounded(a),
      b_ns: rounded(b),
      shift_ns: rounded(shift),
      limit_ns: rounded(limit),
      p: p ?? null,
      verdict,
    })),
    diff: diffReport({ a, b, differences, comparison }),
  };
}

/** Puts a self-test in the shape of `coldtrace gate --self-test --json`. */
export function selfTestReport(test: SelfTest): SelfTestReport {
  return {
    version: 1,
    runs: test.runs,
    splits: test.splits,
    seed: test.seed,
    false_alarms: test.falseAlarms,
    false_alarm_rate: test.rate,
    inconclusive: test.inconclusive,
    detectable: test.detectable.map(({ kind, phase, process, median, share, findable }) => ({
      kind,
      phase,
      process: process ?? null,
      median_ns: Math.round(median),
      share: share ?? null,
      findable,
    })),
  };
}

function rounded(ns: number | undefined): number | null {
  return ns === undefined ? null : Math.round(ns);
}

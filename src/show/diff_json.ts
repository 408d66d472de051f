/**
 * A comparison of starts for programs.
 *
 * @module
 */
import type { ComparedRow, NoVerdict, RowSide, Verdict } from "../read/comparison/compare.ts";
import type { Difference } from "../read/comparison/identity_comparison.ts";
import type { Side } from "../read/comparison/sides.ts";
import type { Compared } from "./diff_text.ts";

/** One side of a {@linkcode DiffReport}. */
export interface DiffReportSide {
  /** What it was called by: a label, an id, a file. */
  name: string;
  /** The ids of the runs that were compared, in the order of their launch. */
  runs: string[];
  /** How many more did not become ready, and were left out. */
  failed: number;
}

/** A row on one side. */
export interface DiffReportRowSide {
  /** The median. */
  median_ns: number;
  /** The first quartile. */
  q1_ns: number;
  /** The third quartile. */
  q3_ns: number;
  /** The least. */
  min_ns: number;
  /** The most. */
  max_ns: number;
  /** In how many runs the row is; a phase counts as 0 in the others, a first token does not. */
  present: number;
}

/** One row of a {@linkcode DiffReport}. */
export interface DiffReportRow {
  /** `total`, `first_token`, or `phase`. */
  kind: "total" | "first_token" | "phase";
  /** The phase, e.g. `weights`; `unattributed`, or `unattributed in NAME`. */
  phase: string;
  /** Who did it; null of the total, and where it is unattributed. */
  process: string | null;
  /** What it was; null where no run of A has the row. */
  a: DiffReportRowSide | null;
  /** What it is now; null where no run of B has it. */
  b: DiffReportRowSide | null;
  /** By how much B is longer (Hodges-Lehmann); 0 where a side does not tell a first token. */
  shift_ns: number;
  /** The lower end of its interval. */
  low_ns: number;
  /** The upper end. */
  high_ns: number;
  /** How sure the interval is, 0 to 1: at least 0.95 from 4 + 4 runs on. */
  confidence: number;
  /** What a shift must exceed to matter. */
  floor_ns: number;
  /**
   * The rank-sum test's p-value, of all but the total corrected by Holm's method; null where no test
   * was needed, or none makes sense.
   */
  p: number | null;
  /** Null where none can be given. */
  verdict: Verdict | null;
  /** Of inconclusive rows: how many runs on each side would tell; null where more than 200. */
  needed_runs: number | null;
}

/**
 * What `coldtrace diff --json` prints, version 1. Durations are JSON integers, in nanoseconds. Fields
 * may be added within a version; none is removed or changes its meaning.
 */
export interface DiffReport {
  /** The version of this shape. */
  version: 1;
  /** What it was. */
  a: DiffReportSide;
  /** What it is now. */
  b: DiffReportSide;
  /** What may differ and does: null is not given, and empty a flag without a value. */
  title: { name: string; a: string | null; b: string | null }[];
  /** What should be equal and is not, on both sides or within one: only by `--allow-mixed`. */
  mixed: string[];
  /** What should be equal and is known of one side alone; or of neither, though both have it. */
  unknown: string[];
  /** The total's verdict; null where none can be given. */
  verdict: Verdict | null;
  /** Why there are no verdicts: `none`, `single`, `few`, or `blocks`; null where there are. */
  no_verdict: NoVerdict | null;
  /** For how many rows p-values are corrected. */
  tested: number;
  /** The floor of change, as a share: 0.05. */
  min_change: number;
  /** The floor of time. */
  min_time_ns: number;
  /** The total, the first token, then phases, the largest shift first. */
  rows: DiffReportRow[];
}

/** Puts a comparison in the shape of `coldtrace diff --json`. */
export function diffReport({ a, b, differences, comparison }: Compared): DiffReport {
  const { rows, noVerdict, tested, floors } = comparison;
  const { title, refused, mixed, unknown } = differences;
  return {
    version: 1,
    a: sideReport(a),
    b: sideReport(b),
    title: title.map(({ name, a, b }: Difference) => ({ name, a: a ?? null, b: b ?? null })),
    mixed: [...new Set([...refused, ...mixed].map(({ name }) => name))],
    unknown: unknown.map(({ name }) => name),
    verdict: rows.find(({ kind }) => kind === "total")?.verdict ?? null,
    no_verdict: noVerdict ?? null,
    tested,
    min_change: floors.change,
    min_time_ns: floors.time,
    rows: rows.map(rowReport),
  };
}

function sideReport({ name, runs, failed }: Side): DiffReportSide {
  return { name, runs: runs.map(({ run }) => run), failed };
}

function rowReport(row: ComparedRow): DiffReportRow {
  return {
    kind: row.kind,
    phase: row.phase,
    process: row.process ?? null,
    a: rowSideReport(row.a),
    b: rowSideReport(row.b),
    shift_ns: Math.round(row.shift),
    low_ns: Math.round(row.low),
    high_ns: Math.round(row.high),
    confidence: row.confidence,
    floor_ns: Math.round(row.floor),
    p: row.p ?? null,
    verdict: row.verdict ?? null,
    needed_runs: row.needed ?? null,
  };
}

function rowSideReport(side: RowSide | undefined): DiffReportRowSide | null {
  if (side === undefined) return null;
  return {
    median_ns: Math.round(side.median),
    q1_ns: Math.round(side.q1),
    q3_ns: Math.round(side.q3),
    min_ns: side.min,
    max_ns: side.max,
    present: side.present,
  };
}

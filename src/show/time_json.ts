/**
 * A start for programs.
 *
 * @module
 */
import { leafShare } from "../read/leaf_share.ts";
import type { Grouping, Row } from "../read/rows.ts";
import type { Start } from "../read/start.ts";

/** One row of a {@linkcode TimeReport}. */
export interface TimeReportRow {
  /** The span's name; begins with `unattributed` where no span explains the time. */
  name: string;
  /** The phase, e.g. `weights`; the name where none is known; or `unattributed`. */
  phase: string;
  /** What it took, in nanoseconds. */
  ns: number;
  /** What that is of the whole, in per cent with one decimal; all rows sum to 100.0. */
  share: number;
  /** Who did it, e.g. `engine core`; null where it is unattributed. */
  process: string | null;
  /** The witness, e.g. `tracer`, `process`; null where it is unattributed. */
  source: string | null;
  /**
   * What it consists of, by the names of spans, and of imports by package, the largest first;
   * their `ns` sum to the row's.
   */
  parts: { name: string; ns: number }[];
}

/** All of a start that is of one phase, process, witness or package. */
export interface TimeReportGroup {
  /** What it is of; `not an import` of packages; `unattributed` where no span explains the time. */
  name: string;
  /** Whether spans explain it. */
  attributed: boolean;
  /** What it took, in nanoseconds. */
  ns: number;
  /** What that is of the whole, in per cent with one decimal; all groups sum to 100.0. */
  share: number;
  /** By processes or by phases, the largest first; their `ns` sum to the group's. */
  parts: { name: string; ns: number }[];
}

/**
 * What `coldtrace time --json` prints, version 1. Durations are JSON integers, in nanoseconds,
 * exact up to 104 days. Fields may be added within a version; none is removed or changes its
 * meaning.
 */
export interface TimeReport {
  /** The version of this shape. */
  version: 1;
  /** The trace's id, 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The stored run's id; null for a trace that is not from the run store. */
  run: string | null;
  /** The engine, e.g. `llama.cpp`; null where nothing names it. */
  engine: string | null;
  /** Whether it became ready. */
  ready: boolean;
  /** From launch to ready, or to where the start ended; the rows' `ns` sum to it. */
  total_ns: number;
  /** From launch to the first token; null where that was not seen. */
  first_token_ns: number | null;
  /** The part of `total_ns` that no span explains. */
  unattributed_ns: number;
  /**
   * The part of `total_ns` that leaves explain, 0 to 1, rounded down to four digits: starts and
   * exits of processes, imports, functions that work or wait for a tool, and the engine's own
   * spans that hold no others. What only the log tells, and time in which a function waits for
   * another process, does not count.
   */
  leaf_share: number;
  /** In the order in which they first appear, the unattributed ones included. */
  rows: TimeReportRow[];
  /** Only with `--by`: by what `groups` are. */
  by?: Grouping;
  /** Only with `--by`: the same time, grouped so, the largest first; `ns` sums to `total_ns`. */
  groups?: TimeReportGroup[];
  /** What was looked for and not seen, each as a line for people. */
  missing: string[];
  /** Only where it was asked for a first token and gave none: why. */
  failure?: string;
  /** Only where `ready` is false: the names of the spans that were open, the deepest last. */
  open?: string[];
  /** Only where `ready` is false: how it ended; null where nothing tells. */
  ended?: TimeReportEnd | null;
}

/** How a start ended that did not become ready. */
export interface TimeReportEnd {
  /**
   * `exit`, `start-timeout`, `stall-timeout`, another error type, or `launcher-killed` where
   * coldtrace itself was killed; null where unknown.
   */
  reason: string | null;
  /** The exit code; null where there was none. */
  exit_code: number | null;
  /** The signal, e.g. `SIGKILL`; null where there was none. */
  signal: string | null;
  /** What the root span says; null where it says nothing. */
  message: string | null;
}

/**
 * Puts a start in the shape of `coldtrace time --json`.
 *
 * @param start its facts.
 * @param rows its rows.
 * @param grouped its rows otherwise, where that is asked for.
 * @returns a plain object for `JSON.stringify`.
 */
export function timeReport(
  start: Start,
  rows: readonly Row[],
  grouped?: { by: Grouping; groups: readonly Row[] },
): TimeReport {
  const { launch, end, firstToken, ended } = start;
  const sum = (some: readonly Row[]) => Number(some.reduce((total, row) => total + row.ns, 0n));
  return {
    version: 1,
    traceId: start.traceId,
    run: start.run ?? null,
    engine: start.engine ?? null,
    ready: start.ready,
    total_ns: Number(end - launch),
    first_token_ns: firstToken === undefined ? null : Number(firstToken - launch),
    unattributed_ns: sum(rows.filter((row) => !row.attributed)),
    leaf_share: leafShare(start),
    rows: rows.map(({ name, phase, ns, share, process, source, parts }) => ({
      name,
      phase,
      ns: Number(ns),
      share,
      process: process ?? null,
      source: source ?? null,
      parts: partsOf(parts),
    })),
    ...(grouped && {
      by: grouped.by,
      groups: grouped.groups.map(({ name, attributed, ns, share, parts }) => ({
        name,
        attributed,
        ns: Number(ns),
        share,
        parts: partsOf(parts),
      })),
    }),
    missing: [...start.missing],
    ...(start.failure !== undefined && { failure: start.failure }),
    ...(!start.ready && {
      open: [...start.open],
      ended: ended
        ? {
          reason: ended.reason ?? null,
          exit_code: ended.exitCode ?? null,
          signal: ended.signal ?? null,
          message: ended.message ?? null,
        }
        : null,
    }),
  };
}

function partsOf(parts: Row["parts"]): { name: string; ns: number }[] {
  return parts.map(({ name, ns }) => ({ name, ns: Number(ns) }));
}

/**
 * The spans of a start for programs, by what each one held it up.
 *
 * @module
 */
import type { Blamed } from "../read/blame/blame.ts";
import type { Start } from "../read/start.ts";

/** One span of a {@linkcode BlameReport}, or what no span explains. */
export interface BlameReportSpan {
  /** The span's name; `unattributed`, or `unattributed in NAME`, where no span explains the time. */
  name: string;
  /** 16 hexadecimal digits; null where it is unattributed. */
  span_id: string | null;
  /** Who did it; null where it is unattributed. */
  process: string | null;
  /** When it began, or first appears, from launch on. */
  start_ns: number;
  /** The part of the critical path that it explains itself; 0 where it is not on it. */
  on_path_ns: number;
  /** What that is of the whole, in per cent with one decimal; all sum to 100.0. */
  share: number;
  /** Its time that no span under it covers; null where it is unattributed. */
  self_ns: number | null;
  /** Its time between launch and the end of the start; null where it is unattributed. */
  total_ns: number | null;
  /**
   * How much longer it could have taken before the critical path could have waited for it; null
   * where it is on the path, or unattributed.
   */
  slack_ns: number | null;
}

/**
 * What `coldtrace blame --json` prints, version 1. Durations are JSON integers, in nanoseconds,
 * exact up to 104 days. Fields may be added within a version; none is removed or changes its
 * meaning.
 */
export interface BlameReport {
  /** The version of this shape. */
  version: 1;
  /** The trace's id, 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The stored run's id; null for a trace that is not from the run store. */
  run: string | null;
  /** Whether it became ready. */
  ready: boolean;
  /** From launch to ready, or to where the start ended; the spans' `on_path_ns` sum to it. */
  total_ns: number;
  /** Those on the path, the largest first, then all others, by slack, the least first. */
  spans: BlameReportSpan[];
}

/**
 * Puts the spans of a start in the shape of `coldtrace blame --json`.
 *
 * @param start its facts.
 * @param blamed its spans, from `blame()`.
 * @returns a plain object for `JSON.stringify`.
 */
export function blameReport(start: Start, blamed: readonly Blamed[]): BlameReport {
  const orNull = (ns: bigint | undefined) => ns === undefined ? null : Number(ns);
  return {
    version: 1,
    traceId: start.traceId,
    run: start.run ?? null,
    ready: start.ready,
    total_ns: Number(start.end - start.launch),
    spans: blamed.map(({ name, span, process, start, onPath, share, self, total, slack }) => ({
      name,
      span_id: span?.spanId ?? null,
      process: process ?? null,
      start_ns: Number(start),
      on_path_ns: Number(onPath),
      share,
      self_ns: orNull(self),
      total_ns: orNull(total),
      slack_ns: orNull(slack),
    })),
  };
}

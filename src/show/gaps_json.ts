/**
 * What no span of a start explains, for programs.
 *
 * @module
 */
import type { Gap, Gaps, LogLine } from "../read/gaps.ts";
import type { Start } from "../read/start.ts";
import { neighbour, type ReportNeighbour } from "./chain_json.ts";

/** A line that the engine wrote. */
export interface GapsReportLine {
  /** When, from launch on. */
  at_ns: number;
  /** Its text, without colours and secrets. */
  text: string;
}

/** One interval of a {@linkcode GapsReport}. */
export interface GapsReportGap {
  /** When it begins, from launch on. */
  start_ns: number;
  /** How long it is. */
  ns: number;
  /** The names of the containers that cover it, by part, in order of time. */
  containers: string[];
  /** What the critical path came through before; null at launch. */
  previous: ReportNeighbour | null;
  /** What it went through after; null at the end of the start. */
  next: ReportNeighbour | null;
  /** The lines that the engine wrote in it; null where none of the start are known. */
  lines: GapsReportLine[] | null;
  /** The last line before it; null where there is none, or none of the start are known. */
  last_line: GapsReportLine | null;
  /**
   * What processes did in it: `cpus`, how many they used on average, and `rss_bytes`, their memory
   * at its end, or null. Those that were not sampled closely enough are left out.
   */
  processes: { process: string; cpus: number; rss_bytes: number | null }[];
}

/**
 * What `coldtrace gaps --json` prints, version 1. Durations are JSON integers, in nanoseconds,
 * exact up to 104 days. Fields may be added within a version; none is removed or changes its
 * meaning.
 */
export interface GapsReport {
  /** The version of this shape. */
  version: 1;
  /** The trace's id, 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The stored run's id; null for a trace that is not from the run store. */
  run: string | null;
  /** Whether it became ready. */
  ready: boolean;
  /** From launch to ready, or to where the start ended. */
  total_ns: number;
  /** The part of it that no span explains: the `ns` of `gaps` sum to it. */
  unattributed_ns: number;
  /** All of its intervals, in order of time. */
  gaps: GapsReportGap[];
  /** How many lines of the log were not kept, from the middle of it. */
  lines_dropped: number;
}

/**
 * Puts what no span of a start explains in the shape of `coldtrace gaps --json`.
 *
 * @param start its facts.
 * @param gaps from `gaps()`, all of them.
 * @returns a plain object for `JSON.stringify`.
 */
export function gapsReport(start: Start, gaps: Gaps): GapsReport {
  return {
    version: 1,
    traceId: start.traceId,
    run: start.run ?? null,
    ready: start.ready,
    total_ns: Number(start.end - start.launch),
    unattributed_ns: Number(gaps.total),
    gaps: gaps.listed.map(reportGap),
    lines_dropped: gaps.linesDropped,
  };
}

function reportGap(gap: Gap): GapsReportGap {
  return {
    start_ns: Number(gap.start),
    ns: Number(gap.ns),
    containers: [...gap.containers],
    previous: neighbour(gap.previous),
    next: neighbour(gap.next),
    lines: gap.lines?.map(reportLine) ?? null,
    last_line: gap.lastLine ? reportLine(gap.lastLine) : null,
    processes: gap.activity.map(({ process, cpus, rss }) => ({
      process,
      cpus,
      rss_bytes: rss ?? null,
    })),
  };
}

function reportLine({ at, text }: LogLine): GapsReportLine {
  return { at_ns: Number(at), text };
}

/**
 * The critical path of a start for programs.
 *
 * @module
 */
import type { Step, Target } from "../read/chain.ts";
import { processOf } from "../read/rows.ts";
import type { Start } from "../read/start.ts";
import type { SpanRecord } from "../trace/record.ts";

/** A span that stands beside a gap. */
export interface ReportNeighbour {
  /** The span's name. */
  name: string;
  /** Who did it. */
  process: string;
  /** 16 hexadecimal digits. */
  span_id: string;
}

/** One step of a {@linkcode ChainReport}: a stretch of one span, or of time that none explains. */
export interface ChainReportStep {
  /** The span's name; `unattributed`, or `unattributed in NAME`, where no span explains the time. */
  name: string;
  /** 16 hexadecimal digits; null where it is unattributed. */
  span_id: string | null;
  /** The phase; null where it is unattributed. */
  phase: string | null;
  /** Who did it; null where it is unattributed. */
  process: string | null;
  /** The witness; null where it is unattributed. */
  source: string | null;
  /** When it begins, from launch on. */
  start_ns: number;
  /** How long it is. */
  ns: number;
  /**
   * Only where it is unattributed: what the path came through before it, null at launch, and what
   * it goes through after it, null at what it leads to.
   */
  gap?: { previous: ReportNeighbour | null; next: ReportNeighbour | null };
}

/**
 * What `coldtrace chain --json` prints, version 1. Durations are JSON integers, in nanoseconds,
 * exact up to 104 days. Fields may be added within a version; none is removed or changes its
 * meaning.
 */
export interface ChainReport {
  /** The version of this shape. */
  version: 1;
  /** The trace's id, 32 lower-case hexadecimal digits. */
  traceId: string;
  /** The stored run's id; null for a trace that is not from the run store. */
  run: string | null;
  /**
   * What it leads to: `ready`, `first token`, `end` where the start did not get ready, or the name
   * of a span, with its id.
   */
  to: { name: string; span_id: string | null };
  /** From launch to that; the steps' `ns` sum to it. */
  total_ns: number;
  /** All of them, the last one first; each begins where the next one in the list ends. */
  steps: ChainReportStep[];
}

/**
 * Puts the critical path of a start in the shape of `coldtrace chain --json`.
 *
 * @param start its facts.
 * @param target what the path leads to.
 * @param steps the path, from `chain()`.
 * @returns a plain object for `JSON.stringify`.
 */
export function chainReport(start: Start, target: Target, steps: readonly Step[]): ChainReport {
  return {
    version: 1,
    traceId: start.traceId,
    run: start.run ?? null,
    to: { name: target.name, span_id: target.span?.spanId ?? null },
    total_ns: Number(target.at - start.launch),
    steps: steps.map((step) => ({
      name: step.name,
      span_id: step.span?.spanId ?? null,
      phase: step.phase ?? null,
      process: step.process ?? null,
      source: step.source ?? null,
      start_ns: Number(step.start),
      ns: Number(step.ns),
      ...(step.kind === "gap" && {
        gap: { previous: neighbour(step.previous), next: neighbour(step.next) },
      }),
    })),
  };
}

/** A span beside a gap, as reports name it. */
export function neighbour(span: SpanRecord | undefined): ReportNeighbour | null {
  return span ? { name: span.name, process: processOf(span), span_id: span.spanId } : null;
}

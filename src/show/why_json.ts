/**
 * Why a start took as long as it did, for programs.
 *
 * @module
 */
import type { Reason } from "../read/reasons/reason.ts";
import type { Start } from "../read/start.ts";

/** One reason of a {@linkcode WhyReport}. */
export interface WhyReportReason {
  /** Which rule it is from, e.g. `imports`, `cpu-limit`, `compile-cache`. */
  id: string;
  /** What it accounts for, in nanoseconds: at most `total_ns`, but for `first-request`. */
  ns: number;
  /** Whether `ns` is only the most that it accounts for, or that the remedy can save. */
  is_up_to: boolean;
  /** What `ns` is of `total_ns`, in per cent with one decimal. */
  share: number;
  /** What happened, in a few words. */
  title: string;
  /** What shows it, each as a sentence. */
  evidence: string[];
  /** What would change it, and what that costs. */
  remedy: string;
  /**
   * The command that would prove it, for a POSIX shell: it has newlines only where an argument has.
   * `COMMAND` stands where the engine's own is not known, `[redacted]` for secrets.
   */
  command: string;
  /** Whether `command` can prove it; false: no other command to compare is known, it shows it again. */
  proves: boolean;
  /** What of `ns` larger reasons account for, too. */
  overlaps: { id: string; ns: number }[];
}

/**
 * What `coldtrace why --json` prints, version 1. Durations are JSON integers, in nanoseconds. Fields
 * may be added within a version; none is removed or changes its meaning.
 */
export interface WhyReport {
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
  /** From launch to ready, or to where the start ended. */
  total_ns: number;
  /**
   * Why it died first, then those with the most time; none where nothing has evidence. They overlap,
   * so that their times sum to nothing.
   */
  reasons: WhyReportReason[];
}

/**
 * Puts the reasons of a start in the shape of `coldtrace why --json`.
 *
 * @param start its facts.
 * @param reasons its reasons.
 * @returns a plain object for `JSON.stringify`.
 */
export function whyReport(start: Start, reasons: readonly Reason[]): WhyReport {
  return {
    version: 1,
    traceId: start.traceId,
    run: start.run ?? null,
    engine: start.engine ?? null,
    ready: start.ready,
    total_ns: Number(start.end - start.launch),
    reasons: reasons.map(({ ns, isUpTo, evidence, overlaps, ...reason }) => ({
      id: reason.id,
      ns: Number(ns),
      is_up_to: isUpTo,
      share: reason.share,
      title: reason.title,
      evidence: [...evidence],
      remedy: reason.remedy,
      command: reason.command,
      proves: reason.proves,
      overlaps: overlaps.map(({ id, ns }) => ({ id, ns: Number(ns) })),
    })),
  };
}

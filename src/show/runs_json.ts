/**
 * Stored runs for programs.
 *
 * @module
 */
import type { Census } from "../read/census.ts";
import type { Start } from "../read/start.ts";
import type { RecordValue } from "../trace/record.ts";
import { jsonAttributes, type JsonValue } from "./json_value.ts";

/** A stored run, as far as it is known. */
export interface StoredRun {
  /** Its id. */
  readonly id: string;
  /** Its file. */
  readonly path: string;
  /** How large that is, in bytes. */
  readonly size: number;
  /** Whether it is being written. */
  readonly isOpen: boolean;
  /** What its spans say, of which the root may be the only one; absent where none can be read. */
  readonly start?: Start;
}

/**
 * How a start went, or goes. `broke_off`: coldtrace itself ended before its end was stored, and what
 * became of the engine is not known.
 */
export type RunState =
  | "ready"
  | "died"
  | "broke_off"
  | "under_way"
  | "not_seen_ready"
  | "unreadable";

/** A run in a {@linkcode RunsReport}. */
export interface RunReport {
  /** Its id; its beginning names it, too. */
  id: string;
  /** Its file. */
  path: string;
  /** How large that is, in bytes. */
  size_bytes: number;
  /** The engine, e.g. `vLLM`; null where nothing names it. */
  engine: string | null;
  /** Its label; null where it has none. */
  label: string | null;
  /** When its engine was launched, as ISO 8601 in UTC to the millisecond; null where unknown. */
  launch: string | null;
  /** How it went: `unreadable` where its file has no span that can be read. */
  state: RunState;
  /** From launch to ready, or to where the start ended; null where it is under way, or unknown. */
  total_ns: number | null;
  /** From launch to the first token; null where that was not seen. */
  first_token_ns: number | null;
  /** Only where it was ready, asked for a first token and gave none: why. */
  failure?: string;
  /** The series of starts that it belongs to (`run -n`); null where there is none. */
  series: RunSeries | null;
}

/** The place of a start among those of one `coldtrace run -n`. */
export interface RunSeries {
  /** What its starts share. */
  id: string;
  /** Which one it was in order of time, from 1 on; null where unknown. */
  number: number | null;
  /** How many starts it has; null where unknown. */
  size: number | null;
}

/**
 * What `coldtrace runs --json` prints, version 1. Durations are JSON integers, in nanoseconds.
 * Fields may be added within a version; none is removed or changes its meaning.
 */
export interface RunsReport {
  /** The version of this shape. */
  version: 1;
  /** The runs, the newest last. */
  runs: RunReport[];
}

/** What `coldtrace runs show --json` prints, version 1, as {@linkcode RunsReport} does. */
export interface RunFactsReport extends RunReport {
  /** The version of this shape. */
  version: 1;
  /** The trace's id; null where nothing could be read. */
  trace_id: string | null;
  /** How many spans it has, the root included. */
  spans: number;
  /** How many processes these came from. */
  processes: number;
  /** How many spans came from each source, e.g. `probe`. */
  sources: Record<string, number>;
  /**
   * All attributes of the root span as they are stored; an integer beyond 2^53 is a string, bytes
   * are base64.
   */
  attributes: { [name: string]: JsonValue };
}

/**
 * Puts runs in the shape of `coldtrace runs --json`.
 *
 * @param runs the runs, the newest last.
 * @returns a plain object for `JSON.stringify`.
 */
export function runsReport(runs: readonly StoredRun[]): RunsReport {
  return { version: 1, runs: runs.map(runReport) };
}

/**
 * Puts a run that was read whole in the shape of `coldtrace runs show --json`.
 *
 * @param run the run.
 * @param facts what was counted in it.
 * @returns a plain object for `JSON.stringify`.
 */
export function runFactsReport(
  run: StoredRun,
  { spans, processes, sources }: Census,
): RunFactsReport {
  return {
    version: 1,
    ...runReport(run),
    trace_id: run.start?.traceId ?? null,
    spans,
    processes,
    sources: Object.fromEntries(sources),
    attributes: jsonAttributes(run.start?.root?.attributes ?? {}),
  };
}

function runReport(run: StoredRun): RunReport {
  const { id, path, size, start } = run;
  return {
    id,
    path,
    size_bytes: size,
    engine: start?.engine ?? null,
    label: textOf(start, "coldtrace.label") ?? null,
    launch: start ? new Date(Number(start.launch / 1_000_000n)).toISOString() : null,
    state: stateOf(run),
    total_ns: numberOr(totalOf(run)),
    first_token_ns: numberOr(firstTokenOf(run)),
    ...(start?.failure !== undefined && { failure: start.failure }),
    series: seriesOf(start),
  };
}

/**
 * Tells how a start went.
 *
 * @param run the run.
 * @returns the word for it.
 */
export function stateOf({ isOpen, start }: StoredRun): RunState {
  if (start?.ready) return "ready";
  if (isOpen) return "under_way";
  if (start === undefined) return "unreadable";
  const { ended } = start;
  if (ended === undefined || ended.reason === "not-seen-ready") return "not_seen_ready";
  return ended.reason === "launcher-killed" ? "broke_off" : "died";
}

/**
 * Tells how long a start took.
 *
 * @param run the run.
 * @returns nanoseconds from launch to ready, or to its end; nothing while it is under way, and of
 * one that was broken off before anything ended.
 */
export function totalOf(run: StoredRun): bigint | undefined {
  const { start } = run;
  if (start === undefined || stateOf(run) === "under_way") return undefined;
  return start.ready || start.end > start.launch ? start.end - start.launch : undefined;
}

/**
 * Tells when a start gave its first token.
 *
 * @param run the run.
 * @returns nanoseconds from launch; nothing where that was not seen.
 */
export function firstTokenOf({ start }: StoredRun): bigint | undefined {
  return start?.firstToken === undefined ? undefined : start.firstToken - start.launch;
}

function numberOr(ns: bigint | undefined): number | null {
  return ns === undefined ? null : Number(ns);
}

function seriesOf(start: Start | undefined): RunSeries | null {
  const id = textOf(start, "coldtrace.series");
  if (id === undefined) return null;
  const attributes = start?.root?.attributes ?? {};
  const number = (value: RecordValue | undefined) => typeof value === "number" ? value : null;
  return {
    id,
    number: number(attributes["coldtrace.series.number"]),
    size: number(attributes["coldtrace.series.size"]),
  };
}

/**
 * Reads a text that the root has.
 *
 * @param start the start.
 * @param name the attribute.
 * @returns its value, if it is a text and not empty.
 */
export function textOf(start: Start | undefined, name: string): string | undefined {
  const value = start?.root?.attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

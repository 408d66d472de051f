/**
 * What a process used over time, as it was sampled.
 *
 * @module
 */
import type { RecordValue, SpanRecord } from "../trace/record.ts";

/** Samples of one process; all arrays are of one length, in order of time. */
export interface Samples {
  /** When each was taken, in nanoseconds from the span's start. */
  readonly at: readonly number[];
  /** How many CPUs it used since the sample before; 0 at the first. */
  readonly cores: readonly number[];
  /** Its resident memory in bytes; absent where that was not sampled. */
  readonly rss?: readonly number[];
}

/**
 * Reads the samples on a process span: the attributes `coldtrace.process.samples.time_ms`
 * (from the span's start), `.cpu_time_ms` (cumulative) and `.rss` (bytes).
 *
 * @param span the span.
 * @returns the samples; nothing where it has fewer than two, or they make no sense.
 */
export function samplesOf({ attributes }: SpanRecord): Samples | undefined {
  const time = numbers(attributes["coldtrace.process.samples.time_ms"]);
  const cpu = numbers(attributes["coldtrace.process.samples.cpu_time_ms"]);
  const rss = numbers(attributes["coldtrace.process.samples.rss"]);
  if (time.length < 2 || cpu.length !== time.length) return undefined;
  if (time.some((ms, i) => ms <= (time[i - 1] ?? -Infinity))) return undefined;
  const since = (of: readonly number[], i: number) => (of[i] ?? 0) - (of[i - 1] ?? 0);
  return {
    at: time.map((ms) => ms * 1e6),
    // A process that is gone may be read as having used less.
    cores: cpu.map((_, i) => i === 0 ? 0 : Math.max(0, since(cpu, i) / since(time, i))),
    ...(rss.length === time.length && { rss }),
  };
}

function numbers(value: RecordValue | undefined): number[] {
  if (!Array.isArray(value)) return [];
  const all = value.map(Number);
  return all.every(Number.isFinite) ? all : [];
}

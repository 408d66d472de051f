/**
 * How much of a start is explained by what did the work, strictly.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import type { Segment } from "./partition/partition.ts";
import { byIdOf, segmentsOf } from "./partition/segments.ts";
import type { ById } from "./pedigree.ts";
import type { Start } from "./start.ts";

/** Witnesses who saw the work itself, and not only words about it. */
const EYEWITNESSES = ["tracer", "probe", "otlp", "process"];

/**
 * The part of a start that leaves explain: process starts and exits, imports, functions that work
 * or wait for a tool, and the engine's own spans that hold no others. Containers do not count, nor
 * does time in which the one that explains it was waiting for another process of the engine
 * (`coldtrace.wait`), nor what only the log tells.
 *
 * @param start what to read.
 * @returns 0 to 1, rounded down to four digits; 0 for a start that took no time.
 */
export function leafShare(start: Start): number {
  const length = start.end - start.launch;
  if (length <= 0n) return 0;
  const waits = waitsByProcess(start.spans);
  const byId = byIdOf(start);
  let leaf = 0n;
  for (const segment of segmentsOf(start)) {
    const { owner } = segment;
    if (owner === undefined || !isEyewitnessed(owner)) continue;
    const below = (waits.get(owner.resource) ?? []).filter((wait) => isUnder(wait, owner, byId));
    leaf += segment.end - segment.start - covered(segment, below);
  }
  return Number(leaf * 10_000n / length) / 10_000;
}

function isEyewitnessed({ attributes }: SpanRecord): boolean {
  const source = attributes["coldtrace.source"] ?? "tracer";
  return typeof source === "string" && EYEWITNESSES.includes(source);
}

/** Spans of one process share a resource. */
function waitsByProcess(spans: readonly SpanRecord[]): Map<SpanRecord["resource"], SpanRecord[]> {
  const waits = spans.filter(({ attributes }) => attributes["coldtrace.wait"] === true)
    .toSorted((a, b) => a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1);
  return Map.groupBy(waits, ({ resource }) => resource);
}

function isUnder(
  span: SpanRecord,
  above: SpanRecord,
  byId: ById,
): boolean {
  const seen = new Set<SpanRecord>();
  for (let at: SpanRecord | undefined = span; at && !seen.has(at);) {
    if (at === above) return true;
    seen.add(at);
    at = byId.get(at.parentSpanId ?? "");
  }
  return false;
}

/** How much of a segment spans cover together; they are sorted by their beginning. */
function covered({ start, end }: Segment, spans: readonly SpanRecord[]): bigint {
  let total = 0n;
  let from = start;
  for (const { startTimeUnixNano, endTimeUnixNano = end } of spans) {
    const begin = startTimeUnixNano > from ? startTimeUnixNano : from;
    const stop = endTimeUnixNano < end ? endTimeUnixNano : end;
    if (stop <= begin) continue;
    total += stop - begin;
    from = stop;
  }
  return total;
}

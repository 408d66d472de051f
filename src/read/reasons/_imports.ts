import type { SpanRecord } from "../../trace/record.ts";
import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { byIdOf } from "../partition/segments.ts";
import type { Start } from "../start.ts";
import { durationIn, numberOf } from "./_facts.ts";

/** What the imports on the critical path used, as far as the probe told; 0 where it did not. */
export interface ImportUsage {
  /** What they took of the path, those alone that told. */
  readonly ns: bigint;
  /** The CPU time of it, in nanoseconds. */
  readonly cpu: bigint;
  /** Bytes read from disk. */
  readonly read: number;
  /** Page faults that had to wait for the disk. */
  readonly faults: number;
}

/** Whether a span is the import of a module. */
export function isImport({ attributes }: SpanRecord): boolean {
  return typeof attributes["coldtrace.import.module"] === "string";
}

/** The package of the module that a span imports. */
export function packageOf({ attributes }: SpanRecord): string | undefined {
  const module = attributes["coldtrace.import.module"];
  return typeof module === "string" ? module.split(".", 1)[0] : undefined;
}

const usages = new WeakMap<Start, ImportUsage>();

/**
 * What the imports used that are part of no other, in proportion to what the path has of each: where
 * ranks import at the same time, only one of them counts. It is found out once for all reasons.
 */
export function usageOnPath(start: Start): ImportUsage {
  let usage = usages.get(start);
  if (usage === undefined) usages.set(start, usage = findUsage(start));
  return usage;
}

function findUsage(start: Start): ImportUsage {
  const byId = byIdOf(start);
  const topOf = (segment: OwnedSegment): SpanRecord | undefined => {
    let top: SpanRecord | undefined;
    const seen = new Set<SpanRecord>();
    for (let at: SpanRecord | undefined = segment.owner; at && !seen.has(at);) {
      // Above a process stands what its parent did.
      if (at.resource !== segment.owner.resource) break;
      if (isImport(at)) top = at;
      seen.add(at);
      at = byId.get(at.parentSpanId ?? "");
    }
    return top;
  };
  const usage = { ns: 0n, cpu: 0n, read: 0, faults: 0 };
  for (const [top, segments] of Map.groupBy(pathThrough(start, isImport), topOf)) {
    if (top?.attributes["coldtrace.cpu_time_ms"] === undefined) continue;
    const [ns, all] = [lengthOf(segments), durationIn(start, top)];
    const part = Math.min(1, Number(ns) / Number(all));
    const cpu = BigInt(Math.round(numberOf(top, "coldtrace.cpu_time_ms") * 1e6 * part));
    usage.ns += ns;
    usage.cpu += cpu < ns ? cpu : ns;
    usage.read += numberOf(top, "coldtrace.bytes_read") * part;
    usage.faults += Math.round(numberOf(top, "coldtrace.page_faults.major") * part);
  }
  return usage;
}

import { assert } from "@std/assert";
import type { ChromeEvent, ChromeTrace } from "../../src/show/chrome.ts";

/** The events of a trace by phase. */
export function byPhase(trace: ChromeTrace, phase: ChromeEvent["ph"]): ChromeEvent[] {
  return trace.traceEvents.filter(({ ph }) => ph === phase);
}

/**
 * Holds a trace to what the format and Perfetto's importer demand: spans of a thread nest, times are
 * eighths of a microsecond from zero on, threads belong to one process and all have names, and
 * arrows have two ends, each within a span of its thread.
 */
export function checkChromeTrace(trace: ChromeTrace): void {
  const { traceEvents } = trace;
  const spans = byPhase(trace, "X");
  for (const { ts = NaN, dur = 0, ph, name } of traceEvents) {
    if (ph === "M") continue;
    assert(ts >= 0 && Number.isInteger(ts * 8), `${name} is at ${ts}`);
    assert(dur >= 0 && Number.isInteger(dur * 8), `${name} takes ${dur}`);
    // What readers do that count in nanoseconds.
    assert(Number.isInteger(ts * 1000) && Number.isInteger(dur * 1000));
  }
  const processes = new Map<number, number>();
  for (const { pid, tid } of traceEvents) {
    if (tid === undefined) continue;
    assert((processes.get(tid) ?? pid) === pid, `lane ${tid} is of two processes`);
    processes.set(tid, pid);
  }
  for (const lane of Map.groupBy(spans, ({ tid }) => tid).values()) checkNesting(lane);
  const names = new Set(byPhase(trace, "M").map(({ name, pid, tid }) => `${name} ${pid} ${tid}`));
  for (const { pid, tid } of spans) {
    assert(names.has(`process_name ${pid} undefined`) && names.has(`thread_name ${pid} ${tid}`));
  }
  const arrows = traceEvents.filter(({ ph }) => ph === "s" || ph === "f");
  for (const ends of Map.groupBy(arrows, ({ id }) => id).values()) {
    assert(ends.map(({ ph }) => ph).join("") === "sf");
    for (const { pid, tid, ts = NaN } of ends) {
      const isWithin = (span: ChromeEvent) =>
        span.pid === pid && span.tid === tid && (span.ts ?? 0) <= ts &&
        ts <= (span.ts ?? 0) + (span.dur ?? 0);
      assert(spans.some(isWithin), `an arrow ends in no span at ${ts}`);
    }
  }
}

/** As a reader does it that keeps a stack: no span may reach beyond the one that it is in. */
function checkNesting(lane: readonly ChromeEvent[]): void {
  const open: number[] = [];
  const sorted = lane.toSorted((a, b) => (a.ts ?? 0) - (b.ts ?? 0) || (b.dur ?? 0) - (a.dur ?? 0));
  for (const { ts = 0, dur = 0, name } of sorted) {
    while ((open.at(-1) ?? Infinity) <= ts) open.pop();
    const around = open.at(-1) ?? Infinity;
    assert(ts + dur <= around, `${name} reaches beyond what it is in`);
    open.push(ts + dur);
  }
}

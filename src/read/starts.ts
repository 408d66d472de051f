/**
 * The starts that one file tells of.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { askUpwards } from "./pedigree.ts";
import { isRoot } from "./start.ts";

/**
 * Parts spans by start: a file of the Collector's, or of several runs, holds many. A start is what
 * stands under a root that coldtrace made (attribute `coldtrace.engine`), the starts within it
 * included; the rest of its trace goes with its earliest start.
 *
 * @param records spans in any order.
 * @returns the spans of each start, the earliest start first; those of other traces are left out.
 * All spans in one where there are no two starts.
 */
export function startsIn(records: readonly SpanRecord[]): readonly SpanRecord[][] {
  const roots = records.filter(isRoot);
  if (roots.length < 2) return [[...records]];
  const starts: { launch: bigint; spans: SpanRecord[] }[] = [];
  for (const traceId of new Set(roots.map((root) => root.traceId))) {
    const trace = records.filter((span) => span.traceId === traceId);
    const byId = new Map(trace.map((span) => [span.spanId, span]));
    const isWithin = askUpwards(byId, (span) => isRoot(span) || undefined, false);
    const tops = new Map<string, bigint>();
    for (const root of trace.filter(isRoot)) {
      const parent = byId.get(root.parentSpanId ?? "");
      if (!parent || !isWithin(parent)) tops.set(root.spanId, root.startTimeUnixNano);
    }
    const [first = ""] = [...tops].toSorted(byLaunch)[0] ?? [];
    const topOf = askUpwards(
      byId,
      ({ spanId }) => tops.has(spanId) ? spanId : undefined,
      first,
    );
    for (const [id, spans] of Map.groupBy(trace, topOf)) {
      starts.push({ launch: tops.get(id) ?? 0n, spans });
    }
  }
  if (starts.length < 2) return [[...records]];
  return starts.toSorted((a, b) => a.launch < b.launch ? -1 : 1).map(({ spans }) => spans);
}

function byLaunch([, a]: readonly [string, bigint], [, b]: readonly [string, bigint]): number {
  return a < b ? -1 : 1;
}

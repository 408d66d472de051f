/**
 * The starts that one file tells of.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { askUpwards } from "./pedigree.ts";
import { earliest, isRoot } from "./start.ts";

/**
 * Parts spans by start: a file of the Collector's, or of several runs, holds many. A start is what
 * stands under a root that coldtrace made (attribute `coldtrace.engine`), the starts within it
 * included; the rest of its trace goes with its earliest start. Where coldtrace made none, as engines
 * that trace themselves send it, starts are the traces that begin as the largest one does: what
 * comes first at their top has the same name there. So requests, in traces of their own, are none.
 *
 * @param records spans in any order.
 * @returns the spans of each start, the earliest start first; those of other traces are left out.
 * All spans in one where there are no two starts.
 */
export function startsIn(records: readonly SpanRecord[]): readonly SpanRecord[][] {
  const roots = records.filter(isRoot);
  if (roots.length === 0) return foreignStartsIn(records);
  if (roots.length === 1) return [[...records]];
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

function foreignStartsIn(records: readonly SpanRecord[]): readonly SpanRecord[][] {
  const traces = [...Map.groupBy(records, ({ traceId }) => traceId).values()];
  if (traces.length < 2) return [[...records]];
  const tops = new Map(traces.map((trace) => [trace, topOf(trace)]));
  const largest = traces.reduce((a, b) => b.length > a.length ? b : a, []);
  const name = tops.get(largest)?.name;
  const alike = traces.filter((trace) => tops.get(trace)?.name === name);
  if (alike.length < 2) return [[...records]];
  const launchOf = (trace: SpanRecord[]) => tops.get(trace)?.startTimeUnixNano ?? 0n;
  return alike.toSorted((a, b) => launchOf(a) < launchOf(b) ? -1 : 1);
}

/** What comes first in a trace, of what nothing stands above. */
function topOf(trace: readonly SpanRecord[]): SpanRecord | undefined {
  const ids = new Set(trace.map(({ spanId }) => spanId));
  return earliest(trace.filter(({ parentSpanId }) => !ids.has(parentSpanId ?? "")));
}

function byLaunch([, a]: readonly [string, bigint], [, b]: readonly [string, bigint]): number {
  return a < b ? -1 : 1;
}

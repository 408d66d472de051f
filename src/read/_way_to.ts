import type { SpanRecord } from "../trace/record.ts";
import { partition, type Segment } from "./partition/partition.ts";
import { byIdOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

/**
 * The critical path from launch to the end of one span. From its end back to its beginning it is the
 * span and what lies under it; from there on, level by level, what lies under the span around it, back
 * to where that began. What runs beside them is not waited for, however long it takes.
 *
 * @param start the start.
 * @param target the span.
 * @param at where it ends.
 * @returns segments that tile the time from launch to `at`.
 */
export function wayTo(start: Start, target: SpanRecord, at: bigint): readonly Segment[] {
  const under = Map.groupBy(start.spans, ({ parentSpanId }) => parentSpanId);
  const byId = byIdOf(start);
  let segments: readonly Segment[] = [];
  let upTo = at;
  const follow = (spans: readonly SpanRecord[], begin: bigint) => {
    const from = begin > start.launch ? begin : start.launch;
    if (from >= upTo) return;
    segments = joined([...partition(spans, from, upTo), ...segments]);
    upTo = from;
  };
  const seen = new Set<SpanRecord>();
  for (let span: SpanRecord | undefined = target; span !== undefined && !seen.has(span);) {
    seen.add(span);
    follow(treeOf(span, under), span.startTimeUnixNano);
    span = byId.get(span.parentSpanId ?? "");
  }
  follow(start.spans, start.launch);
  return segments;
}

/** A span and all that lie under it. */
function treeOf(
  top: SpanRecord,
  under: ReadonlyMap<string | undefined, readonly SpanRecord[]>,
): SpanRecord[] {
  const tree = new Set([top]);
  for (const span of tree) for (const child of under.get(span.spanId) ?? []) tree.add(child);
  return [...tree];
}

/** Makes one of neighbours that belong to the same. */
function joined(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    const isSame = last?.owner === segment.owner && last?.container === segment.container;
    if (last && isSame) result[result.length - 1] = { ...last, end: segment.end };
    else result.push(segment);
  }
  return result;
}

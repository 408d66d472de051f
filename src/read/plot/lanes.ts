/**
 * Spans that overlap, laid out side by side.
 *
 * @module
 */
import { Heap } from "./_heap.ts";
import { layoutOrder } from "./_layout.ts";

/** A span to lay out. Times are numbers of any one unit. */
export interface LaneSpan {
  /** When it begins. */
  readonly start: number;
  /** When it ends; not before it begins. */
  readonly end: number;
  /** The index of the span that it may stand in; -1 where there is none. */
  readonly parent: number;
}

/** What goes on in a lane without a pause: a span, and what stands in it. */
interface Stack {
  readonly lane: number;
  /** When the lane is free again. */
  readonly end: number;
  /** Each within the one before. */
  readonly open: LaneSpan[];
}

/**
 * Gives each span a lane such that spans of one lane nest: two of them lie one after the other, or
 * the later one lies within the other and is its child, or a child's child. Of the lanes that are
 * free the lowest is taken, so that there are no more of them than needed for that; in n log n.
 *
 * Source: interval partitioning (Kleinberg and Tardos, Algorithm Design, 4.1), with children in
 * their parents. Perfetto shows slices of a thread that do not nest on a track of their own
 * ("Other trace formats", Chrome JSON).
 *
 * @param spans spans in any order.
 * @returns the number of each one's lane, from 0 on, in the order of `spans`.
 */
export function lanesOf(spans: readonly LaneSpan[]): number[] {
  const stacks = new Map<LaneSpan, Stack>();
  const busy = new Heap<Stack>((a, b) => a.end < b.end);
  const free = new Heap<number>((a, b) => a < b);
  let count = 0;
  for (const index of layoutOrder(spans)) {
    const span = spans[index] as LaneSpan;
    const parent = spans[span.parent];
    const around = parent && stacks.get(parent);
    if (around && hasRoom(around, parent, span)) {
      around.open.push(span);
      stacks.set(span, around);
      continue;
    }
    while (busy.first && busy.first.end <= span.start) free.push(busy.pop()?.lane ?? 0);
    const stack = { lane: free.pop() ?? count++, end: span.end, open: [span] };
    busy.push(stack);
    stacks.set(span, stack);
  }
  return spans.map((span) => stacks.get(span)?.lane ?? 0);
}

/** Whether a span fits into its parent, and nothing else goes on there. */
function hasRoom({ end, open }: Stack, parent: LaneSpan, span: LaneSpan): boolean {
  if (span.end > parent.end || span.start >= end) return false;
  let last = open.at(-1);
  // Nothing that comes later begins earlier.
  while (last && last !== parent && last.end <= span.start) {
    open.pop();
    last = open.at(-1);
  }
  return last === parent;
}

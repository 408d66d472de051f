/**
 * What spans took themselves.
 *
 * @module
 */
import { latestFirst } from "./partition/forest.ts";

/** Spans, as far as their self time goes; times are whole numbers, from any zero. */
export interface SelfItems {
  /** Where each begins. */
  readonly start: Float64Array;
  /** Where each ends. */
  readonly end: Float64Array;
  /** The index of each one's parent; -1 where there is none. */
  readonly parent: Int32Array;
}

/**
 * Takes from each span's duration what its children cover, each moment once, whether they ran
 * one after the other or at the same time.
 *
 * @param items the spans, in any order.
 * @returns their self times, in the unit of the items; none is negative.
 */
export function selfTimes({ start, end, parent }: SelfItems): Float64Array {
  const self = end.map((to, i) => Math.max(0, to - (start[i] as number)));
  /** Up to where the children of each were counted. */
  const covered = start.slice();
  const first = start.reduce((least, from) => Math.min(least, from), Infinity);
  const byStart = latestFirst(Int32Array.from(start.keys()), start.map((from) => from - first));
  for (const index of byStart.reverse()) {
    const above = parent[index] as number;
    if (above < 0 || above >= start.length || above === index) continue;
    const from = Math.max(start[index] as number, covered[above] as number);
    const to = Math.min(end[index] as number, end[above] as number);
    if (to <= from) continue;
    self[above] = (self[above] as number) - (to - from);
    covered[above] = to;
  }
  return self;
}

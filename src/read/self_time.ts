/**
 * What spans took themselves.
 *
 * @module
 */

/** A span, as far as its self time goes; times from any zero. */
export interface SelfItem {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The index of its parent; -1 where there is none. */
  readonly parent: number;
}

/**
 * Takes from each span's duration what its children cover, each moment once, whether they ran
 * one after the other or at the same time.
 *
 * @param items the spans, in any order.
 * @returns their self times, in the unit of the items; none is negative.
 */
export function selfTimes(items: readonly SelfItem[]): Float64Array {
  const self = Float64Array.from(items, ({ start, end }) => Math.max(0, end - start));
  /** Up to where the children of each were counted. */
  const covered = Float64Array.from(items, ({ start }) => start);
  const byStart = [...items.keys()]
    .sort((a, b) => (items[a] as SelfItem).start - (items[b] as SelfItem).start);
  for (const index of byStart) {
    const { start, end, parent } = items[index] as SelfItem;
    const above = items[parent];
    if (above === undefined || parent === index) continue;
    const from = Math.max(start, covered[parent] as number);
    const to = Math.min(end, above.end);
    if (to <= from) continue;
    self[parent] = (self[parent] as number) - (to - from);
    covered[parent] = to;
  }
  return self;
}

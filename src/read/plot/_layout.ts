/** What is laid out: a stretch of time, and the index of what it is part of; -1 where there is none. */
export interface LayoutItem {
  readonly start: number;
  readonly end: number;
  readonly parent: number;
}

const NONE = -1;

/** Indexes by start, the longer ones first; of equal ones those further up first. */
export function layoutOrder(items: readonly LayoutItem[]): number[] {
  const depth = depthsOf(items);
  return [...items.keys()].sort((a, b) => {
    const [one, other] = [items[a] as LayoutItem, items[b] as LayoutItem];
    return one.start - other.start || other.end - one.end ||
      (depth[a] as number) - (depth[b] as number) || a - b;
  });
}

/** How many ancestors each item has; members of cycles count as they are reached. */
function depthsOf(items: readonly LayoutItem[]): Int32Array {
  const depth = new Int32Array(items.length).fill(NONE);
  for (let origin = 0; origin < items.length; origin++) {
    const way: number[] = [];
    let at = origin;
    while (at !== NONE && depth[at] === NONE) {
      depth[at] = 0;
      way.push(at);
      at = items[at]?.parent ?? NONE;
    }
    let above = at === NONE ? NONE : depth[at] as number;
    for (const index of way.reverse()) depth[index] = ++above;
  }
  return depth;
}

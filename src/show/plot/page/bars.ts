/**
 * Bars of a row: what is seen of it, and what is too small to be seen alone merged.
 *
 * @module
 */
import { firstEndingAt } from "./model.ts";

export interface Bar {
  x: number;
  /** At least `LEAST`. */
  width: number;
  /** Of the item, or of the longest of those that were merged. */
  index: number;
  /** Of those that were merged the first one, */
  first: number;
  /** and the last one. */
  last: number;
}

/** The least width of a bar, in pixels. */
const LEAST = 1;
/** What is merged is no wider than this, so that its colour still says something. */
const WIDEST = 2;

/**
 * Walks the bars of a row from the left to the right.
 *
 * @param times of items that do not overlap.
 * @param visit called with one object, which changes.
 */
export function eachBar(
  { start, end }: { start: ArrayLike<number>; end: ArrayLike<number> },
  first: number,
  last: number,
  view: { from: number; to: number; x(time: number): number },
  visit: (bar: Bar) => void,
): void {
  const bar = { x: 0, width: 0, index: -1, first: 0, last: 0 };
  let [right, longest] = [-Infinity, 0];
  const flush = () => {
    if (bar.index !== -1) visit(bar);
    bar.index = -1;
  };
  for (let i = firstEndingAt(end, view.from, first, last); i < last; i++) {
    const begin = Number(start[i]);
    if (begin > view.to) break;
    const left = view.x(begin);
    const length = view.x(Number(end[i])) - left;
    const isSmall = length < LEAST;
    if (bar.index !== -1 && isSmall && left < right && right - bar.x < WIDEST) {
      if (length > longest) [bar.index, longest] = [i, length];
      right = Math.max(right, left + LEAST);
      bar.width = right - bar.x;
      bar.last = i;
      continue;
    }
    flush();
    bar.x = left;
    bar.width = Math.max(LEAST, length);
    bar.index = bar.first = bar.last = i;
    // A bar that is seen as itself takes no others.
    [right, longest] = [isSmall ? left + LEAST : -Infinity, length];
  }
  flush();
}

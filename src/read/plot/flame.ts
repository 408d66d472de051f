/**
 * Where spans are drawn so that none hides another.
 *
 * @module
 */
import { layoutOrder } from "./_layout.ts";

/** What is to be drawn; times in any unit, all from one zero. */
export interface FlameItem {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends; where that is not after `start`, it takes the least room there is. */
  readonly end: number;
  /** The index of what it is part of, which is drawn above it; -1 where there is none. */
  readonly parent: number;
}

/** What the items of nobody have as a parent. */
const NONE = -1;
/** How much room the shortest take. */
const LEAST = 1;

/**
 * Gives each item a line, from 0 at the top: two of one line never overlap, and an item is below
 * what it is part of, so that nested ones look like a flame chart. Of those it takes the first
 * that is free, in order of their beginnings, the longest first. (`lanesOf()` is for viewers that
 * nest by themselves.)
 *
 * Takes `O(n log n)`, times the number of lines.
 *
 * @param items what to draw.
 * @returns the line of each. One that begins before what it is part of may be above it.
 */
export function flameOf(items: readonly FlameItem[]): Int32Array {
  const lines = new Int32Array(items.length).fill(NONE);
  /** Until when each line is taken. */
  const taken: number[] = [];
  for (const index of layoutOrder(items)) {
    const { start, end, parent } = items[index] as FlameItem;
    let line = parent === NONE ? 0 : (lines[parent] as number) + 1;
    while ((taken[line] ?? -Infinity) > start) line++;
    taken[line] = Math.max(end, start + LEAST);
    lines[index] = line;
  }
  return lines;
}

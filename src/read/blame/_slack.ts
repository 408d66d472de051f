import { ROOT } from "../partition/forest.ts";
import { encloses, type Nest } from "./_nest.ts";

/** A segment, in nanoseconds from launch, and the place of its owner. */
export interface Step {
  readonly start: number;
  readonly end: number;
  /** {@linkcode ROOT} where it is unattributed. */
  readonly owner: number;
}

/**
 * How much longer spans could have taken before what is on the critical path could have waited for
 * them.
 *
 * Where a span ends, the path goes through another one. Both stand under one that covers that
 * moment (or the root); there, the path took the sibling. What is within the sibling began before
 * the span had ended, and so cannot have waited for it. What comes after it can: so the slack
 * reaches from the span's end to where the path leaves the sibling, or that or the one above them
 * ends. It is 0 where the path goes through what the span itself began.
 *
 * @param steps the segments, in order of time, which they tile.
 * @param nest the spans.
 * @param places of which spans.
 * @returns by place; nothing for others.
 */
export function slacks(
  steps: readonly Step[],
  nest: Nest,
  places: readonly number[],
): Map<number, number> {
  const result = new Map<number, number>();
  const byEnd = places.toSorted((a, b) => (nest.end[b] as number) - (nest.end[a] as number));
  /** The owner and those above it, from the top. */
  const chain: number[] = [];
  /** Where the path leaves each one of these. */
  const exits: number[] = [];
  let next = 0;
  for (const step of steps.toReversed()) {
    descend(step);
    for (; next < byEnd.length; next++) {
      const place = byEnd[next] as number;
      if (nest.end[place] as number <= step.start) break;
      result.set(place, slackOf(place));
    }
  }
  return result;

  function descend({ owner, end }: Step): void {
    while (chain.length > 0 && (owner === ROOT || !encloses(nest, chain.at(-1) as number, owner))) {
      chain.pop();
    }
    const kept = chain.length;
    const top = chain.at(-1) ?? ROOT;
    for (let at = owner; at !== top; at = nest.parent[at] as number) chain.push(at);
    chain.splice(kept, Infinity, ...chain.slice(kept).reverse());
    exits.length = kept;
    while (exits.length < chain.length) exits.push(end);
  }

  function slackOf(place: number): number {
    const end = nest.end[place] as number;
    let common = chain.length - 1;
    while (common >= 0 && !encloses(nest, chain[common] as number, place)) common--;
    if (chain[common] === place) return 0;
    let above = common;
    while (above >= 0 && !covers(nest, chain[above] as number, end)) above--;
    let sibling = common + 1;
    while (sibling < chain.length && !covers(nest, chain[sibling] as number, end)) sibling++;
    // What explains a moment covers it, and so there is a sibling wherever there is a span.
    if (sibling === chain.length) return 0;
    const leaves = Math.min(
      exits[sibling] as number,
      nest.end[chain[sibling] as number] as number,
      above < 0 ? Infinity : nest.end[chain[above] as number] as number,
    );
    return leaves - end;
  }
}

/** Whether a span covers the nanosecond before a moment. */
function covers({ start, end }: Nest, place: number, moment: number): boolean {
  return (start[place] as number) < moment && moment <= (end[place] as number);
}

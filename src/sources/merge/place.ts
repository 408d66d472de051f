import { byBelief, type EndedSpan } from "./fold.ts";

/** A span of a process, and under which other one it stands. */
export interface Placed {
  readonly span: EndedSpan;
  /** Absent: directly under its process. */
  readonly parent?: Placed | undefined;
}

/**
 * Puts the spans of one process under each other: each under the innermost of its thread that was
 * open when it began. That one may end before it does.
 *
 * @param pid The process; its main thread has the same number on Linux.
 */
export function placeSpans(spans: readonly EndedSpan[], pid: number): Placed[] {
  const sorted = spans.toSorted((a, b) =>
    compare(a.start, b.start) || compare(b.end, a.end) || byBelief(a, b)
  );
  const threads = sorted.map(({ thread }) => thread).filter((thread) => thread !== undefined);
  // Witnesses that tell no threads apart speak of the main one.
  const main = threads.includes(pid) ? pid : threads[0];
  const open = new Map<number | undefined, Placed[]>();
  return sorted.map((span) => {
    const thread = span.thread ?? main;
    const stack = open.get(thread) ?? [];
    while ((stack.at(-1)?.span.end ?? span.start) < span.start) stack.pop();
    // What begins where another ends is not in it.
    while (stack.at(-1)?.span.end === span.start && span.end > span.start) stack.pop();
    const parent = stack.at(-1);
    const placed: Placed = { span, ...(parent && { parent }) };
    stack.push(placed);
    open.set(thread, stack);
    return placed;
  });
}

/** The innermost span that was open at a time, in whichever thread. */
export function innermostAt(placed: readonly Placed[], time: bigint): Placed | undefined {
  return placed.findLast(({ span }) => span.start <= time && time < span.end);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

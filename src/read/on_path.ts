/**
 * Questions about the critical path: how long it went through what.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { askUpwards } from "./pedigree.ts";
import type { Segment } from "./partition/partition.ts";
import { byIdOf, segmentsOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

/** A stretch of time, in nanoseconds since the Unix epoch. */
export interface Stretch {
  /** Where it begins. */
  readonly start: bigint;
  /** Where it ends. */
  readonly end: bigint;
}

/** A stretch of the critical path that a span explains. */
export type OwnedSegment = Segment & { readonly owner: SpanRecord };

/**
 * The stretches of the critical path that go through spans of a kind.
 *
 * @param start what to read.
 * @param test whether a span is of that kind.
 * @returns those of which the owner, or a span above it, is: a garbage collection counts for the
 * import that it interrupts, and an import for the program that was waited for. In order of time.
 */
export function pathThrough(start: Start, test: (span: SpanRecord) => boolean): OwnedSegment[] {
  const isOf = askUpwards(byIdOf(start), (span) => test(span) || undefined, false);
  return segmentsOf(start).filter(isOwned).filter(({ owner }) => isOf(owner));
}

/** How long stretches are together, in nanoseconds; none may overlap another. */
export function lengthOf(stretches: readonly Stretch[]): bigint {
  return stretches.reduce((sum, { start, end }) => sum + end - start, 0n);
}

/**
 * What two lists of stretches have in common.
 *
 * @param some stretches in order of time, none of which overlap.
 * @param others the same.
 * @returns the stretches that are in both, in order of time.
 */
export function common(some: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (let i = 0, j = 0; i < some.length && j < others.length;) {
    const [a, b] = [some[i] as Stretch, others[j] as Stretch];
    const start = a.start > b.start ? a.start : b.start;
    const end = a.end < b.end ? a.end : b.end;
    if (start < end) result.push({ start, end });
    if (a.end < b.end) i++;
    else j++;
  }
  return result;
}

function isOwned(segment: Segment): segment is OwnedSegment {
  return segment.owner !== undefined;
}

/**
 * The partition of a start, made once for all who read it.
 *
 * @module
 */
import { partition, type Segment } from "./partition.ts";
import type { Start } from "./start.ts";

const known = new WeakMap<Start, readonly Segment[]>();

/** The segments that tile a start from launch to its end, as {@linkcode partition} cuts them. */
export function segmentsOf(start: Start): readonly Segment[] {
  let segments = known.get(start);
  if (segments === undefined) {
    segments = partition(start.spans, start.launch, start.end);
    known.set(start, segments);
  }
  return segments;
}

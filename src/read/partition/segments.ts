/**
 * The partition of a start, and what it takes, made once for all who read it.
 *
 * @module
 */
import type { ById } from "../pedigree.ts";
import { type Forest, indexOf, plant, ROOT } from "./forest.ts";
import { cut, type Segment } from "./partition.ts";
import type { Start } from "../start.ts";

const forests = new WeakMap<Start, Forest>();
const known = new WeakMap<Start, readonly Segment[]>();

/**
 * The segments that tile a start from launch to its end, as `partition()` cuts them; none where it
 * took no time.
 */
export function segmentsOf(start: Start): readonly Segment[] {
  let segments = known.get(start);
  if (segments === undefined) {
    const { launch, end } = start;
    segments = end > launch ? cut(forestOf(start), launch, end) : [];
    known.set(start, segments);
  }
  return segments;
}

/** The spans of a start by their ids, which are all different. */
export function byIdOf({ spans }: Start): ById {
  const index = indexOf(spans);
  return { get: (id) => spans[index.get(id) ?? ROOT] };
}

/** The spans of a start under each other, clipped to it; it has to take time. */
export function forestOf(start: Start): Forest {
  let forest = forests.get(start);
  if (forest === undefined) {
    forest = plant(start.spans, start.launch, start.end);
    forests.set(start, forest);
  }
  return forest;
}

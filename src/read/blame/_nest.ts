import { type Forest, ROOT } from "../partition/forest.ts";

/**
 * The spans of a forest that explain something, in pre-order, so that a subtree is a range;
 * containers are looked through. All arrays are by place. Times are in nanoseconds from launch,
 * exact up to 104 days.
 */
export interface Nest {
  /** Where the forest has each one. */
  readonly index: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** The nearest one above; {@linkcode ROOT} where there is none. */
  readonly parent: Int32Array;
  /** How many a subtree has, its top included. */
  readonly size: Int32Array;
}

/** The spans of a forest that explain something. */
export function nestOf(forest: Forest): Nest {
  const { transparent, place, size } = forest;
  const count = transparent.reduce((sum, is) => is ? sum : sum + 1, 0);
  const nest: Nest = {
    index: new Int32Array(count),
    start: new Float64Array(count),
    end: new Float64Array(count),
    parent: new Int32Array(count),
    size: new Int32Array(count),
  };
  transparent.forEach((is, i) => {
    if (is) return;
    const at = place[i] as number;
    nest.index[at] = i;
    nest.start[at] = Number(forest.start[i]);
    nest.end[at] = Number(forest.end[i]);
    nest.size[at] = size[i] as number;
  });
  const above: number[] = [];
  for (let at = 0; at < count; at++) {
    while (above.length > 0 && !encloses(nest, above.at(-1) as number, at)) above.pop();
    nest.parent[at] = above.at(-1) ?? ROOT;
    above.push(at);
  }
  return nest;
}

/** Whether one is another, or above it. */
export function encloses({ size }: Nest, ancestor: number, place: number): boolean {
  return place >= ancestor && place < ancestor + (size[ancestor] as number);
}

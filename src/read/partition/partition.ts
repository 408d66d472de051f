/**
 * How a start adds up: every nanosecond between launch and ready is given to one span, or
 * is unattributed.
 *
 * @module
 */
import type { SpanRecord } from "../../trace/record.ts";
import { type Forest, latestFirst, plant, ROOT } from "./forest.ts";
import { LiveTree } from "./_live_tree.ts";
import { Walk } from "./_walk.ts";

/** A stretch of a start that one span explains, or that none does. */
export interface Segment {
  /** Where it begins, in nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** Where it ends, in nanoseconds since the Unix epoch; more than `start`. */
  readonly end: bigint;
  /** The span that explains it, which covers it; absent where it is unattributed. */
  readonly owner?: SpanRecord;
  /** The deepest container that covers an unattributed stretch, if one does. */
  readonly container?: SpanRecord;
}

/**
 * Cuts `[launch, ready)` into segments that tile it, in order of time.
 *
 * A nanosecond is unattributed if and only if no span covers it but containers. Where several
 * spans do, the time goes to what was waited for: going backwards from ready, at every level
 * of nesting the span that ended just before what came next began is followed back to its own
 * start. Containers are transparent. The result does not depend on the order of `spans`.
 *
 * Takes `O(n log n)`, times the nesting of spans where what is waited for changes.
 *
 * @param spans the spans of one trace, without its root. Open ones reach to `ready`, orphans
 * and members of cycles hang under the root, and of a repeated id an ended record counts
 * before an open one, then the one that starts first.
 * @param launch where the start begins, in nanoseconds since the Unix epoch.
 * @param ready where it ends, in nanoseconds since the Unix epoch.
 * @returns the segments; none where `ready` is not after `launch`. Neighbours differ in
 * `owner` or in `container`.
 */
export function partition(
  spans: readonly SpanRecord[],
  launch: bigint,
  ready: bigint,
): Segment[] {
  return ready <= launch ? [] : cut(plant(spans, launch, ready), launch, ready);
}

/** The partition of a start whose spans have been planted. */
export function cut(forest: Forest, launch: bigint, ready: bigint): Segment[] {
  const { start, end, transparent } = forest;
  const present = Int32Array.from(forest.spans.keys()).filter((i) => start[i] !== end[i]);
  const byStart = latestFirst(present, start);
  const byEnd = latestFirst(byStart, end);
  orderTwins(forest, byEnd);
  const walk = new Walk(forest, byEnd);
  const boxes = new Boxes(forest, present.filter((i) => transparent[i]));

  /** From ready backwards: each one ends where the one before it in the list begins. */
  const pieces: { start: number | bigint; owner: number; container: number }[] = [];
  const [begun, ended]: [number[], number[]] = [[], []];
  let [starts, ends] = [0, 0];
  let at = forest.length;
  while (at > 0) {
    begun.length = ended.length = 0;
    for (; start[byStart[starts] ?? ROOT] === at; starts++) {
      const index = byStart[starts] as number;
      if (transparent[index]) boxes.leave(index);
      else begun.push(index);
    }
    for (; end[byEnd[ends] ?? ROOT] === at; ends++) {
      const index = byEnd[ends] as number;
      if (transparent[index]) boxes.enter(index);
      else ended.push(index);
    }
    const owner = walk.step(begun, ended, at);
    const container = owner === ROOT ? boxes.deepest() : ROOT;
    at = max(start[byStart[starts] ?? ROOT] ?? 0, end[byEnd[ends] ?? ROOT] ?? 0);
    const last = pieces.at(-1);
    if (last?.owner === owner && last.container === container) last.start = at;
    else pieces.push({ start: at, owner, container });
  }

  let upTo = ready;
  return pieces.map((piece) => {
    const owner = forest.spans[piece.owner];
    const container = forest.spans[piece.container];
    const [start, end] = [launch + BigInt(piece.start), upTo];
    upTo = start;
    // A container is looked for only where nothing owns the piece.
    return owner ? { start, end, owner } : container ? { start, end, container } : { start, end };
  }).reverse();
}

/** Puts those that begin and end together in the order of their ids, the smallest one last. */
function orderTwins({ spans, start, end }: Forest, byEnd: Int32Array): void {
  for (let from = 0, to = 1; to <= byEnd.length; to++) {
    const [first, next] = [byEnd[from] as number, byEnd[to] ?? ROOT];
    if (end[first] === end[next] && start[first] === start[next]) continue;
    if (to - from > 1) {
      byEnd.subarray(from, to).sort((i, j) => compare(spans[j]?.spanId, spans[i]?.spanId));
    }
    from = to;
  }
}

/** The containers that cover a piece. */
class Boxes {
  /** All at depth 0, so that the best is the one of the highest rank. */
  readonly #covering: LiveTree;
  readonly #byRank: readonly number[];
  readonly #rank: Int32Array;

  constructor({ spans, start, depth }: Forest, containers: Iterable<number>) {
    this.#byRank = [...containers].sort((i, j) =>
      compare(depth[i], depth[j]) || compare(start[i], start[j]) ||
      compare(spans[j]?.spanId, spans[i]?.spanId)
    );
    this.#rank = new Int32Array(spans.length);
    this.#byRank.forEach((index, rank) => this.#rank[index] = rank);
    this.#covering = new LiveTree(Int32Array.from(this.#byRank.keys()));
  }

  enter(index: number): void {
    this.#covering.enter(this.#rank[index] as number);
  }

  leave(index: number): void {
    this.#covering.leave(this.#rank[index] as number);
  }

  /** The deepest one, then the one that starts last, then the one with the smallest id. */
  deepest(): number {
    return this.#byRank[this.#covering.best(0, this.#byRank.length - 1)] ?? ROOT;
  }
}

type Comparable = number | bigint | string | undefined;

function compare(a: Comparable, b: Comparable): number {
  return a === b || a === undefined || b === undefined ? 0 : a < b ? -1 : 1;
}

function max(a: number | bigint, b: number | bigint): number | bigint {
  return a > b ? a : b;
}

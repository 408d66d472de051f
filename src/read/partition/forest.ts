import type { SpanRecord } from "../../trace/record.ts";

/** The root, as a parent and as an owner; the others are indexes. */
export const ROOT = -1;

/** Nanoseconds from launch: numbers where they are exact, else bigints. */
export type Times = Float64Array | BigUint64Array;

/** How far numbers count nanoseconds exactly: 104 days. */
const EXACT = 2n ** 53n;

/** The spans of a start as a forest under its root; all arrays are by span. */
export interface Forest {
  /** How long the start takes. */
  readonly length: number | bigint;
  /** Each id once. */
  readonly spans: readonly SpanRecord[];
  /** Where each one begins, clipped to the start. */
  readonly start: Times;
  /** Where each one ends, clipped to the start; those that are empty then take no part. */
  readonly end: Times;
  /** Whether it takes no part, or explains nothing by its own time. */
  readonly transparent: readonly boolean[];
  /** How many ancestors that take part each one has. */
  readonly depth: Int32Array;
  /** Places in pre-order of those that are not transparent, so that a subtree is a range. */
  readonly place: Int32Array;
  /** How many of those a subtree has, its top included. */
  readonly size: Int32Array;
}

/** Whether a span explains nothing by its own time (`coldtrace.container`). */
export function isContainer(span: SpanRecord): boolean {
  return span.attributes["coldtrace.container"] === true;
}

/** Clips the spans to `[launch, ready)`, keeps each id once, and hangs them under each other. */
export function plant(spans: readonly SpanRecord[], launch: bigint, ready: bigint): Forest {
  const length = ready - launch;
  const clip = (time: bigint) => time < launch ? 0n : time > ready ? length : time - launch;
  const begins = (span: SpanRecord) => clip(span.startTimeUnixNano);
  const ends = (span: SpanRecord) => clip(span.endTimeUnixNano ?? ready);
  const takesPart = (span: SpanRecord) => begins(span) < ends(span);

  const { kept, index } = eachOnce(
    spans,
    (a, b) => takesPart(a) === takesPart(b) ? precedes(a, b) : takesPart(a),
  );
  // Those that take no part still say who the ancestors of others are.
  const parent = new Int32Array(kept.length);
  kept.forEach((span, i) => parent[i] = index.get(span.parentSpanId ?? "") ?? ROOT);
  cutCycles(parent);
  const isExact = length < EXACT;
  const [start, end]: [Times, Times] = isExact
    ? clipped(kept, launch, Number(length))
    : [BigUint64Array.from(kept, begins), BigUint64Array.from(kept, ends)];
  const empty = kept.map((_, i) => (start[i] ?? 0) >= (end[i] ?? 0));
  empty.forEach((is, i) => {
    if (is) end[i] = start[i] as number & bigint;
  });
  const transparent = kept.map((span, i) => empty[i] === true || isContainer(span));
  return {
    length: isExact ? Number(length) : length,
    spans: kept,
    start,
    end,
    transparent,
    ...nest(parent, empty, transparent),
  };
}

const indexes = new WeakMap<readonly SpanRecord[], ReadonlyMap<string, number>>();

/**
 * Where each id is found among spans; of those that have one id the last. It is made once for each
 * list, as whoever reads a start asks for it, and looking at all ids takes long.
 */
export function indexOf(spans: readonly SpanRecord[]): ReadonlyMap<string, number> {
  let index = indexes.get(spans);
  if (index === undefined) {
    const found = new Map<string, number>();
    spans.forEach(({ spanId }, i) => found.set(spanId, i));
    indexes.set(spans, index = found);
  }
  return index;
}

/** The spans of different ids, and where each id is found among them. */
function eachOnce(
  spans: readonly SpanRecord[],
  isBetter: (a: SpanRecord, b: SpanRecord) => boolean,
): { kept: readonly SpanRecord[]; index: ReadonlyMap<string, number> } {
  const last = indexOf(spans);
  if (last.size === spans.length) return { kept: spans, index: last };
  const index = new Map<string, number>();
  const kept: SpanRecord[] = [];
  for (const span of spans) {
    const known = index.get(span.spanId);
    if (known === undefined) index.set(span.spanId, kept.push(span) - 1);
    else if (isBetter(span, kept[known] as SpanRecord)) kept[known] = span;
  }
  return { kept, index };
}

/** Where spans begin and end, in numbers: those that are not exact are beyond the start. */
function clipped(
  spans: readonly SpanRecord[],
  launch: bigint,
  length: number,
): [Float64Array, Float64Array] {
  const [start, end] = [new Float64Array(spans.length), new Float64Array(spans.length)];
  const clip = (time: number) => time < 0 ? 0 : time > length ? length : time;
  spans.forEach(({ startTimeUnixNano, endTimeUnixNano }, i) => {
    start[i] = clip(Number(startTimeUnixNano - launch));
    end[i] = endTimeUnixNano === undefined ? length : clip(Number(endTimeUnixNano - launch));
  });
  return [start, end];
}

/** Whether of two records of one span the first is to be kept: ended before open, then earlier. */
export function precedes(a: SpanRecord, b: SpanRecord): boolean {
  const [endA, endB] = [a.endTimeUnixNano, b.endTimeUnixNano];
  if ((endA === undefined) !== (endB === undefined)) return endB === undefined;
  if (a.startTimeUnixNano !== b.startTimeUnixNano) return a.startTimeUnixNano < b.startTimeUnixNano;
  // Whatever follows only makes the choice independent of their order.
  if (endA !== endB) return (endA ?? 0n) < (endB ?? 0n);
  if (isContainer(a) !== isContainer(b)) return isContainer(b);
  return `${a.parentSpanId} ${a.name}` < `${b.parentSpanId} ${b.name}`;
}

/** Hangs those that are their own ancestors under the root. */
function cutCycles(parent: Int32Array): void {
  /** On whose way up each one was reached first. */
  const reached = new Int32Array(parent.length).fill(ROOT);
  for (let origin = 0; origin < parent.length; origin++) {
    let at = origin;
    while (at !== ROOT && reached[at] === ROOT) {
      reached[at] = origin;
      at = parent[at] as number;
    }
    if (at === ROOT || reached[at] !== origin) continue;
    while (parent[at] !== ROOT) {
      const next = parent[at] as number;
      parent[at] = ROOT;
      at = next;
    }
  }
}

/** Finds where everyone stands in the forest. */
function nest(
  parent: Int32Array,
  empty: readonly boolean[],
  transparent: readonly boolean[],
): Pick<Forest, "depth" | "place" | "size"> {
  const count = parent.length;
  const [firstChild, sibling] = [new Int32Array(count).fill(ROOT), new Int32Array(count)];
  const [depth, place, size] = [
    new Int32Array(count),
    new Int32Array(count),
    new Int32Array(count),
  ];
  const pending: number[] = [];
  parent.forEach((above, index) => {
    if (above === ROOT) return pending.push(index);
    sibling[index] = firstChild[above] as number;
    firstChild[above] = index;
  });

  const order: number[] = [];
  let places = 0;
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    order.push(top);
    size[top] = transparent[top] ? 0 : 1;
    place[top] = transparent[top] ? places : places++;
    const below = (depth[top] as number) + (empty[top] ? 0 : 1);
    for (let child = firstChild[top] as number; child !== ROOT; child = sibling[child] as number) {
      depth[child] = below;
      pending.push(child);
    }
  }
  for (const index of order.reverse()) {
    const above = parent[index] as number;
    if (above !== ROOT) size[above] = (size[above] as number) + (size[index] as number);
  }
  return { depth, place, size };
}

/**
 * Indexes by the times that they have, the latest first; those of one time stay as they stood.
 *
 * What sorts by comparing takes several times as long: each time and its place are put into one
 * integer of 64 bits, the place last, so that the machine's own order of these is the one wanted.
 */
export function latestFirst(indexes: Int32Array, times: Times): Int32Array {
  const { length: count } = indexes;
  const placeBits = 32 - Math.clz32(count);
  const last = indexes.reduce((last, i) => Math.max(last, Number(times[i])), 0);
  if (times instanceof BigUint64Array || last >= 2 ** (64 - placeBits)) {
    return indexes.toSorted((i, j) => {
      const [a, b] = [times[i] ?? 0, times[j] ?? 0];
      return a === b ? 0 : a > b ? -1 : 1;
    });
  }
  const keys = new BigUint64Array(count);
  const halves = new Uint32Array(keys.buffer);
  // The lower half comes first on all machines that Deno is for.
  const highUnit = 2 ** (32 - placeBits);
  const placeUnit = 2 ** placeBits;
  for (let i = 0; i < count; i++) {
    const time = times[indexes[i] as number] as number;
    const high = Math.floor(time / highUnit);
    halves[2 * i + 1] = high;
    halves[2 * i] = (time - high * highUnit) * placeUnit + (count - 1 - i);
  }
  keys.sort();
  const sorted = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = (halves[2 * (count - 1 - i)] as number) % placeUnit;
    sorted[i] = indexes[count - 1 - place] as number;
  }
  return sorted;
}

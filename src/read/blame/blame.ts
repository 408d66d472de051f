/**
 * The spans of a start by what each one itself held it up.
 *
 * @module
 */
import type { SpanRecord } from "../../trace/record.ts";
import { ROOT } from "../partition/forest.ts";
import { processOf } from "../labels.ts";
import { nestOf } from "./_nest.ts";
import { slacks } from "./_slack.ts";
import { apportion } from "../apportion.ts";
import { forestOf, segmentsOf } from "../partition/segments.ts";
import { selfTimes } from "../self_time.ts";
import type { Start } from "../start.ts";

/** What a span took of a start, or what nothing explains. Times are in nanoseconds. */
export interface Blamed {
  /** The span's name; `unattributed`, or `unattributed in NAME`. */
  readonly name: string;
  /** The span; absent where it is unattributed. */
  readonly span?: SpanRecord;
  /** Who did it; absent where it is unattributed. */
  readonly process?: string;
  /** When it began, or first appears, from launch on. */
  readonly start: bigint;
  /** The part of the critical path that it explains itself; all sum to the start's length. */
  readonly onPath: bigint;
  /** What `onPath` is of the whole, in per cent with one decimal. */
  readonly share: number;
  /** Its time that no span under it covers; absent where it is unattributed. */
  readonly self?: bigint;
  /** Its time between launch and the end of the start; absent where it is unattributed. */
  readonly total?: bigint;
  /**
   * How much longer it could have taken before the critical path could have waited for it; only
   * where the path has nothing of it.
   */
  readonly slack?: bigint;
}

/**
 * Sorts the spans of a start by what they took of its critical path, themselves.
 *
 * Containers explain nothing and are none of them: they are looked through, and what they alone
 * cover is unattributed. Of a span, `onPath <= self <= total`.
 *
 * The slack of a span that is not on the path is the time from its end to the next moment at which
 * the path could have waited for it. Where the span ends, the path goes through a sibling of it, or
 * of a span above it. What is within that sibling began before, and did not wait. So it is the
 * moment at which the path leaves the sibling, or the sibling ends, or what both stand under. A
 * span that stands under nothing but its process is a sibling of those of other processes. If a
 * span without others under it had taken longer by less than that, the critical path would be the
 * same; beyond that nothing is known. It is 0 where the path goes, as the span ends, through what
 * stands under it.
 *
 * @param start what to read.
 * @param all whether those that are not on the path are wanted, too.
 * @returns all that take time between launch and the end of the start: those on the path, the
 * largest first, in order of time where they are equal, then those that are not, by slack, the
 * least first. Their shares sum to 100.0, by largest remainder.
 */
export function blame(start: Start, all = true): Blamed[] {
  const segments = segmentsOf(start);
  if (segments.length === 0) return [];
  const forest = forestOf(start);
  const nest = nestOf(forest);
  const spanAt = (place: number) => forest.spans[nest.index[place] as number] as SpanRecord;
  const places = new Map(segments.map(({ owner }) => [owner, ROOT]));
  nest.index.forEach((i, place) => {
    const span = forest.spans[i];
    if (places.has(span)) places.set(span, place);
  });

  const onPath = new Map<number, bigint>();
  const unexplained = new Map<string, { start: bigint; ns: bigint }>();
  const steps = segments.map(({ start: begin, end, owner: span, container }) => {
    const [from, ns] = [begin - start.launch, end - begin];
    const owner = places.get(span) ?? ROOT;
    if (owner === ROOT) {
      const name = container ? `unattributed in ${container.name}` : "unattributed";
      const { start = from, ns: before = 0n } = unexplained.get(name) ?? {};
      unexplained.set(name, { start, ns: before + ns });
    } else onPath.set(owner, (onPath.get(owner) ?? 0n) + ns);
    return { start: Number(from), end: Number(from + ns), owner };
  });

  const self = selfTimes(nest);
  const explain = (place: number): Omit<Blamed, "share"> => {
    const span = spanAt(place);
    const [from, to] = [nest.start[place] as number, nest.end[place] as number];
    return {
      name: span.name,
      span,
      process: processOf(span),
      start: BigInt(from),
      onPath: onPath.get(place) ?? 0n,
      self: BigInt(self[place] as number),
      total: BigInt(to - from),
    };
  };
  const path = [
    ...[...onPath.keys()].map(explain),
    ...[...unexplained].map(([name, { start, ns }]) => ({ name, start, onPath: ns })),
  ].sort(byOnPath);
  const tenths = apportion(path.map((one) => one.onPath), 1000n);
  const shared = path.map((one, i) => ({ ...one, share: Number(tenths[i]) / 10 }));
  if (!all) return shared;

  const off = [...nest.index.keys()].filter((place) => !onPath.has(place));
  const slack = slacks(steps, nest, off);
  const slackOf = (place: number) => slack.get(place) ?? 0;
  off.sort((a, b) =>
    slackOf(a) - slackOf(b) || (nest.start[a] as number) - (nest.start[b] as number) ||
    byId(spanAt(a).spanId, spanAt(b).spanId)
  );
  return [
    ...shared,
    ...off.map((place) => ({ ...explain(place), share: 0, slack: BigInt(slackOf(place)) })),
  ];
}

type OnPath = Omit<Blamed, "share">;

function byOnPath(a: OnPath, b: OnPath): number {
  if (a.onPath !== b.onPath) return a.onPath > b.onPath ? -1 : 1;
  if (a.start !== b.start) return a.start < b.start ? -1 : 1;
  return byId(a.span?.spanId ?? a.name, b.span?.spanId ?? b.name);
}

function byId(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

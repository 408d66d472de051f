/**
 * The intervals of a start that no span explains, and what is known of them all the same.
 *
 * @module
 */
import type { RecordEvent, SpanRecord } from "../trace/record.ts";
import { processOf } from "./labels.ts";
import { type Samples, samplesOf } from "./samples.ts";
import { segmentsOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

/** A line that the engine wrote. */
export interface LogLine {
  /** When, from launch on, in nanoseconds. */
  readonly at: bigint;
  /** Its text, without colours and secrets. */
  readonly text: string;
}

/** What a process did in an interval. */
export interface Activity {
  /** Its name. */
  readonly process: string;
  /** How many CPUs it used, on average: 1 is all of one. */
  readonly cpus: number;
  /** Its resident memory at the end of the interval, in bytes; absent where it was not sampled. */
  readonly rss?: number;
}

/** An interval that no span explains. Times are in nanoseconds. */
export interface Gap {
  /** When it begins, from launch on. */
  readonly start: bigint;
  /** How long it is. */
  readonly ns: bigint;
  /** The names of the containers that cover it, by part, in order of time. */
  readonly containers: readonly string[];
  /** What the critical path came through before; absent at launch. */
  readonly previous?: SpanRecord | undefined;
  /** What the critical path went through after; absent at the end of the start. */
  readonly next?: SpanRecord | undefined;
  /** The lines that the engine wrote in it; absent where no line of the start is known. */
  readonly lines?: readonly LogLine[];
  /** The last line before it; absent where there is none, or none is known. */
  readonly lastLine?: LogLine;
  /** What processes did; those that were not sampled closely enough are left out. */
  readonly activity: readonly Activity[];
}

/** What no span of a start explains. */
export interface Gaps {
  /** All of it, in nanoseconds. */
  readonly total: bigint;
  /** What that is of the whole, in per cent; 0 where the start took no time. */
  readonly share: number;
  /** Those that are told one by one, in order of time. */
  readonly listed: readonly Gap[];
  /** The others. */
  readonly others: { readonly count: number; readonly ns: bigint };
  /** How many lines of the log were not kept, from the middle of it. */
  readonly linesDropped: number;
}

/** Listed is what is a quarter of a second long, */
const LARGE = 250_000_000n;
/** or this part of the whole, */
const PART = 100n;
/** and the largest ones however short they are, since many short ones can be much. */
const MOST = 5;

/**
 * Finds the intervals that no span explains. Neighbours that different containers cover are one
 * interval, since it lies between the same two spans.
 *
 * @param start what to read.
 * @param which `large`: listed are the five largest, and those of 1 % of the whole, or of 250 ms
 * where that is less; `all`: each is.
 * @returns them. Their times sum to what is unattributed.
 */
export function gaps(start: Start, which: "large" | "all" = "large"): Gaps {
  const { launch, end } = start;
  const all = intervals(start);
  const total = all.reduce((ns, interval) => ns + lengthOf(interval), 0n);
  const isLarge = (interval: Interval) => {
    const ns = lengthOf(interval);
    return ns >= LARGE || ns * PART >= end - launch;
  };
  const largest = new Set(
    all.toSorted((a, b) => lengthOf(a) > lengthOf(b) ? -1 : lengthOf(a) < lengthOf(b) ? 1 : 0)
      .slice(0, MOST),
  );
  const listed = which === "all"
    ? all
    : all.filter((interval) => largest.has(interval) || isLarge(interval));
  const dropped = start.root?.attributes["coldtrace.log.dropped"];
  return {
    total,
    share: end > launch ? 100 * Number(total) / Number(end - launch) : 0,
    listed: listed.map(describer(start)),
    others: {
      count: all.length - listed.length,
      ns: total - listed.reduce((ns, interval) => ns + lengthOf(interval), 0n),
    },
    linesDropped: typeof dropped === "number" ? dropped : 0,
  };
}

function lengthOf({ from, to }: Interval): bigint {
  return to - from;
}

interface Interval {
  readonly from: bigint;
  to: bigint;
  readonly containers: string[];
  readonly previous: SpanRecord | undefined;
  next?: SpanRecord;
}

/** The longest intervals that have no owner. */
function intervals(start: Start): Interval[] {
  const found: Interval[] = [];
  let previous: SpanRecord | undefined;
  for (const { start: from, end: to, owner, container } of segmentsOf(start)) {
    const last = found.at(-1);
    const follows = last?.to === from;
    if (owner !== undefined) {
      if (last && follows) last.next = owner;
      previous = owner;
      continue;
    }
    const names = container ? [container.name] : [];
    if (last && follows) {
      last.to = to;
      last.containers.push(...names.filter((name) => !last.containers.includes(name)));
    } else found.push({ from, to, containers: names, previous });
  }
  return found;
}

function describer(start: Start): (interval: Interval) => Gap {
  const lines = logLines(start);
  const sampled = start.spans.flatMap((span) => {
    const samples = samplesOf(span);
    return samples ? [{ span, samples }] : [];
  });
  return ({ from, to, ...rest }) => {
    const [begin, end] = [from - start.launch, to - start.launch];
    const lastLine = lines?.findLast(({ at }) => at < begin);
    return {
      start: begin,
      ns: to - from,
      ...rest,
      ...(lines && { lines: lines.filter(({ at }) => at >= begin && at < end) }),
      ...(lastLine && { lastLine }),
      activity: sampled.flatMap(({ span, samples }) => activityOf(span, samples, from, to)),
    };
  };
}

/** The lines that the root has; nothing where it has none, as then nobody read them. */
function logLines({ root, launch }: Start): LogLine[] | undefined {
  const lines = root?.events?.filter(({ name }) => name === "log")
    .map(({ timeUnixNano, attributes }: RecordEvent) => ({
      at: timeUnixNano - launch,
      text: String(attributes?.["log.body"] ?? ""),
    }));
  return lines && lines.length > 0 ? lines : undefined;
}

/**
 * What a process did in an interval, from the samples on either side of it, or else in it: the last one
 * is taken a moment before ready. Where they tell of less than half of it, or are further apart than
 * twice its length, and so tell of what was around it, nothing of it is known.
 */
function activityOf(
  span: SpanRecord,
  { at, cores, rss }: Samples,
  from: bigint,
  to: bigint,
): Activity[] {
  const [begin, end] = [Number(from - span.startTimeUnixNano), Number(to - span.startTimeUnixNano)];
  const first = Math.max(0, at.findLastIndex((time) => time <= begin));
  const behind = at.findIndex((time) => time >= end);
  const last = behind < 0 ? at.length - 1 : behind;
  const [earliest, latest] = [at[first] as number, at[last] as number];
  const known = Math.min(end, latest) - Math.max(begin, earliest);
  if (2 * known < end - begin || latest - earliest > 2 * (end - begin)) return [];
  let used = 0;
  for (let i = first + 1; i <= last; i++) {
    const overlap = Math.min(end, at[i] as number) - Math.max(begin, at[i - 1] as number);
    used += overlap * (cores[i] as number);
  }
  const memory = rss?.[last];
  return [{
    process: processOf(span),
    cpus: used / known,
    ...(memory !== undefined && { rss: memory }),
  }];
}

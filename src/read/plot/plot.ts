/**
 * What there is to draw of a start. Times are numbers: nanoseconds from launch, negative before.
 *
 * @module
 */
import type { RecordEvent, SpanRecord } from "../../trace/record.ts";
import { isContainer } from "../partition/forest.ts";
import { askUpwards } from "../pedigree.ts";
import { flameOf } from "./flame.ts";
import { processOf } from "../rows.ts";
import { type Samples, samplesOf } from "../samples.ts";
import { byIdOf, segmentsOf } from "../partition/segments.ts";
import { selfTimes } from "../self_time.ts";
import type { Start } from "../start.ts";

/** A span as it is drawn. */
export interface PlotSpan {
  /** What is drawn. */
  readonly record: SpanRecord;
  /** The phase, from the nearest span above that has one; its own name where none has. */
  readonly phase: string;
  /** The index of its process. */
  readonly process: number;
  /** Which lane of its process it is in, from 0 at the top; those of one lane do not overlap. */
  readonly lane: number;
  /** The index of its parent; -1 where that is the root, or unknown. */
  readonly parent: number;
  /** Where it begins. */
  readonly start: number;
  /** Where it ends; where it never did, where the last of all spans does. */
  readonly end: number;
  /** Whether it had not ended when the start did. */
  readonly open: boolean;
  /** Whether it explains nothing by its own time. */
  readonly container: boolean;
  /** Its duration without what its children cover. */
  readonly self: number;
  /** What it explains of the start. */
  readonly onPath: number;
}

/** A stretch of the critical path: one segment of the partition. */
export interface PlotSegment {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The index of the span that explains it; -1 where none does. */
  readonly span: number;
  /** What to call it: the span's name; `unattributed`, or `unattributed in NAME`. */
  readonly name: string;
}

/** Something that happened at one moment, e.g. a line of the log. */
export interface PlotEvent {
  /** When. */
  readonly at: number;
  /** What happened. */
  readonly event: RecordEvent;
  /** The index of the span that it happened in; -1 for the start itself. */
  readonly span: number;
}

/** A process as it is drawn. */
export interface PlotProcess {
  /** Its name, as in the rows of the table. */
  readonly name: string;
  /** The ids of those that have this name. */
  readonly pids: readonly number[];
  /** How many lanes it has. */
  readonly lanes: number;
  /** What it explains of the start. */
  readonly onPath: number;
  /** What it used, as it was sampled, with times from launch; one for each that was. */
  readonly samples: readonly Samples[];
}

/** A start, laid out. */
export interface Plot {
  /** The start. */
  readonly start: Start;
  /** From launch to ready, or to where it ended. */
  readonly total: number;
  /** Where the first of all begins: 0, or before. */
  readonly from: number;
  /** Where the last of all ends: at `total`, or after. */
  readonly to: number;
  /** In order of birth. */
  readonly processes: readonly PlotProcess[];
  /** By process, lane and beginning. */
  readonly spans: readonly PlotSpan[];
  /** They tile the start, in order of time. */
  readonly path: readonly PlotSegment[];
  /** In order of time, without `ready` and `first_token`. */
  readonly events: readonly PlotEvent[];
}

/**
 * Lays out a start: its processes, the lanes in them, its critical path, and what happened.
 *
 * @param start what to lay out.
 * @returns what there is to draw. The lengths of `path`, and the `onPath` of spans with what is
 * unattributed, sum to `total`, which is `start.end - start.launch`.
 */
export function plotOf(start: Start): Plot {
  const { launch } = start;
  const since = (time: bigint) => Number(time - launch);
  const end = start.spans.reduce((last, span) => {
    const time = since(span.endTimeUnixNano ?? span.startTimeUnixNano);
    return time > last ? time : last;
  }, Math.max(since(start.end), since(start.firstToken ?? start.end)));

  const isOpen = askOpen(start);
  const phaseOf = askUpwards(byIdOf(start), ({ attributes }) => {
    const phase = attributes["coldtrace.phase"];
    return typeof phase === "string" ? phase : undefined;
  }, "");
  const indexes = new Map(start.spans.map((span, i) => [span.spanId, i]));
  const items = start.spans.map((span) => {
    const begin = since(span.startTimeUnixNano);
    const ended = span.endTimeUnixNano;
    return {
      start: begin,
      end: Math.max(begin, ended === undefined ? end : since(ended)),
      parent: indexes.get(span.parentSpanId ?? "") ?? -1,
    };
  });
  const self = selfTimes({
    start: Float64Array.from(items, ({ start }) => start),
    end: Float64Array.from(items, ({ end }) => end),
    parent: Int32Array.from(items, ({ parent }) => explainer(parent)),
  });
  const onPath = new Float64Array(items.length);
  const segments = segmentsOf(start).map((segment) => {
    const span = indexes.get(segment.owner?.spanId ?? "") ?? -1;
    const [from, to] = [since(segment.start), since(segment.end)];
    if (span !== -1) onPath[span] = (onPath[span] as number) + to - from;
    const { owner, container } = segment;
    const nobody = container ? `unattributed in ${container.name}` : "unattributed";
    return { start: from, end: to, span, name: owner?.name ?? nobody };
  });

  const groups = [...Map.groupBy(items.keys(), (i) => processOf(start.spans[i] as SpanRecord))]
    .map(([name, members]) => ({ name, members, born: leastOf(members, items) }))
    .sort((a, b) => a.born - b.born || (a.name < b.name ? -1 : 1));
  const spans: PlotSpan[] = [];
  /** Where each one of `start.spans` is in `spans`. */
  const places = new Int32Array(items.length).fill(-1);
  const processes = groups.map(({ name, members }, process): PlotProcess => {
    const place = new Map(members.map((member, i) => [member, i]));
    const lanes = flameOf(members.map((member) => {
      const item = items[member] as typeof items[number];
      return { ...item, parent: place.get(item.parent) ?? -1 };
    }));
    const laid = members.map((member, i) => ({ member, lane: lanes[i] as number }))
      .sort((a, b) => a.lane - b.lane || startOf(a.member) - startOf(b.member));
    for (const { member, lane } of laid) {
      const record = start.spans[member] as SpanRecord;
      places[member] = spans.push({
        ...items[member] as typeof items[number],
        record,
        phase: phaseOf(record) || record.name,
        process,
        lane,
        open: isOpen(record),
        container: isContainer(record),
        self: self[member] as number,
        onPath: onPath[member] as number,
      }) - 1;
    }
    const sampled = members.map((member) => ({
      zero: startOf(member),
      samples: samplesOf(start.spans[member] as SpanRecord),
    }));
    return {
      name,
      pids: pidsOf(members.map((member) => start.spans[member] as SpanRecord)),
      lanes: lanes.reduce((most, lane) => Math.max(most, lane + 1), 0),
      onPath: members.reduce((sum, member) => sum + (onPath[member] as number), 0),
      samples: sampled.flatMap(({ zero, samples }) =>
        samples ? [{ ...samples, at: samples.at.map((time) => time + zero) }] : []
      ),
    };
  });
  const placed = (index: number) => places[index] ?? -1;
  return {
    start,
    total: since(start.end),
    from: items.reduce((first, item) => Math.min(first, item.start), 0),
    to: end,
    processes,
    spans: spans.map((span) => ({ ...span, parent: placed(span.parent) })),
    path: segments.map((segment) => ({ ...segment, span: placed(segment.span) })),
    events: eventsOf(start, (span) => placed(indexes.get(span.spanId) ?? -1)),
  };

  /** The nearest one from here upwards that is no container, as far as there is a way up. */
  function explainer(index: number): number {
    let at = index;
    for (let steps = 0; at !== -1 && isContainer(start.spans[at] as SpanRecord); steps++) {
      at = steps < start.spans.length ? items[at]?.parent ?? -1 : -1;
    }
    return at;
  }

  function startOf(index: number): number {
    return items[index]?.start ?? 0;
  }
}

/** Whether a span had not ended, be it that it never did, or that the end of all closed it. */
function askOpen(start: Start): (span: SpanRecord) => boolean {
  return ({ endTimeUnixNano, attributes }) =>
    endTimeUnixNano === undefined || (!start.ready && attributes["coldtrace.open"] === true);
}

function leastOf(members: readonly number[], items: readonly { start: number }[]): number {
  return members.reduce((least, i) => Math.min(least, items[i]?.start ?? least), Infinity);
}

function pidsOf(spans: readonly SpanRecord[]): number[] {
  const pids = spans.map(({ attributes, resource }) =>
    resource.attributes["process.pid"] ?? attributes["process.pid"]
  );
  return [...new Set(pids.filter((pid) => typeof pid === "number"))];
}

function eventsOf(start: Start, indexOf: (span: SpanRecord) => number): PlotEvent[] {
  const of = (span: SpanRecord, index: number) =>
    (span.events ?? []).map((event) => ({
      at: Number(event.timeUnixNano - start.launch),
      event,
      span: index,
    }));
  const own = start.root ? of(start.root, -1) : [];
  return [
    ...own.filter(({ event }) => !["ready", "first_token"].includes(event.name)),
    ...start.spans.flatMap((span) => of(span, indexOf(span))),
  ].sort((a, b) => a.at - b.at);
}

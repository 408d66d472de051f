/**
 * What the page draws: the report that is embedded in it, with what drawing looks up.
 *
 * @module
 */
import type { PlotReport as Report, PlotReportRun as ReportRun } from "../../plot_json.ts";

/** Something that can be selected: a span, a stretch of the critical path, or an event. */
export type Item = { run: number; kind: "span" | "path" | "event"; index: number };

/** A start. All items of one kind are in columns of begin and end, in nanoseconds. */
export interface Run {
  /** As it was embedded. */
  report: ReportRun;
  times: Record<Item["kind"], { start: ArrayLike<number>; end: ArrayLike<number> }>;
  /** By process: where the spans of each lane begin, and the end. */
  lanes: Int32Array[];
  /** By process: whether all its lanes are shown. */
  isOpen: boolean[];
}

export interface Model {
  report: Report;
  runs: Run[];
}

export function modelOf(report: Report): Model {
  return { report, runs: report.runs.map(runOf) };
}

function runOf(report: ReportRun): Run {
  const { spans, path, events, processes } = report;
  const ends = spans.start_ns.map((start, i) => start + (spans.duration_ns[i] ?? 0));
  let at = 0;
  const pathEnds = path.duration_ns.map((duration) => at += duration);
  let first = 0;
  const lanes = processes.map(({ lanes: count }, process) => {
    const bounds = new Int32Array(count + 1);
    for (let lane = 0; lane < count; lane++) {
      bounds[lane] = first;
      while (spans.process[first] === process && spans.lane[first] === lane) first++;
    }
    bounds[count] = first;
    return bounds;
  });
  return {
    report,
    times: {
      span: { start: spans.start_ns, end: ends },
      path: { start: [0, ...pathEnds.slice(0, -1)], end: pathEnds },
      event: { start: events.at_ns, end: events.at_ns },
    },
    lanes,
    isOpen: processes.map(() => false),
  };
}

/** @returns Its name. */
export function nameOf({ report, runs }: Model, { run, kind, index }: Item): string {
  const { spans, path, events } = (runs[run] as Run).report;
  const text = (i: number | undefined) => report.strings[i ?? -1] ?? "";
  if (kind === "span") return text(spans.name[index]);
  if (kind === "event") return text(events.name[index]);
  const span = path.span[index] ?? -1;
  return text(span === -1 ? path.name[index] : spans.name[span]);
}

/** @returns Keys and values. */
export function attributesOf(
  { report }: Model,
  attributes: number[] | undefined = [],
): [string, string | number | boolean | null][] {
  return attributes.map((i) => {
    const [key, value] = report.attributes[i] ?? [-1, null];
    return [report.strings[key] ?? "", value];
  });
}

/**
 * @param ends ends in order.
 * @returns The first in `[first, last)` that ends at `time` or after; else `last`.
 */
export function firstEndingAt(
  ends: ArrayLike<number>,
  time: number,
  first: number,
  last: number,
): number {
  while (first < last) {
    const middle = (first + last) >> 1;
    if (Number(ends[middle]) < time) first = middle + 1;
    else last = middle;
  }
  return first;
}

export function isSame(a: Item | undefined, b: Item | undefined): boolean {
  return a?.run === b?.run && a?.kind === b?.kind && a?.index === b?.index;
}

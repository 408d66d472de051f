/**
 * Laid-out starts for programs: what `plot` draws.
 *
 * @module
 */
import type { Plot, PlotSpan } from "../read/plot/plot.ts";
import type { RecordAttributes, RecordValue } from "../trace/record.ts";
import { headline } from "./time_text.ts";
import { cut, printable } from "./width.ts";

/**
 * What `coldtrace plot --json` prints and its page draws, version 1. Durations and times are JSON
 * integers in nanoseconds, times from launch (negative before). To be small, what there are
 * thousands of is in columns, arrays of one length, and texts are indexes into `strings`. Fields
 * may be added within a version; none is removed or changes its meaning.
 */
export interface PlotReport {
  /** The version of this shape. */
  version: 1;
  /** The texts, each once. Control characters are replaced, and long ones are cut. */
  strings: string[];
  /** Attributes, each once: the index of the key, and the value. */
  attributes: [key: number, value: string | number | boolean | null][];
  /** The starts, one or two. */
  runs: PlotReportRun[];
}

/** One start of a {@linkcode PlotReport}. */
export interface PlotReportRun {
  /** How it went, in one sentence. */
  headline: string;
  /** The stored run's id; null for a trace that is not from the run store. */
  run: string | null;
  /** The trace's id, 32 lower-case hexadecimal digits. */
  traceId: string;
  /** Time zero, in ISO 8601. */
  launch: string;
  /** Whether it became ready. */
  ready: boolean;
  /** From launch to ready, or to where it ended. */
  total_ns: number;
  /** When it had produced the first token; null where that was not seen. */
  first_token_ns: number | null;
  /** Where the first span begins: 0, or before. */
  from_ns: number;
  /** Where the last span ends. */
  to_ns: number;
  /** The attributes of the start: indexes into the attributes. */
  attributes: number[];
  /** Its processes, in order of birth. */
  processes: PlotReportProcess[];
  /** Its spans, by process, lane and beginning. */
  spans: PlotReportSpans;
  /** Its critical path: segments in order of time, each from where the one before it ends. */
  path: {
    /** Their lengths, which sum to `total_ns`. */
    duration_ns: number[];
    /** The indexes of the spans that explain them; -1 where it is unattributed. */
    span: number[];
    /** Where it is unattributed, what to call it; else -1. */
    name: number[];
  };
  /** What happened at one moment, in order of time. */
  events: {
    /** When. */
    at_ns: number[];
    /** Their names, e.g. `log` or `readiness`. */
    name: number[];
    /** The indexes of the spans that they happened in; -1 for the start itself. */
    span: number[];
    /** Their attributes, as those of spans. */
    attributes: number[][];
  };
}

/** A process of a {@linkcode PlotReportRun}. */
export interface PlotReportProcess {
  /** Its name. */
  name: string;
  /** The ids of those that have this name. */
  pids: number[];
  /** How many lanes its spans are in. */
  lanes: number;
  /** What it explains of the start. */
  on_path_ns: number;
  /** What was sampled of each of them: CPUs used since the sample before, and bytes of memory. */
  samples: { at_ns: number[]; cores: number[]; rss: number[] | null }[];
}

/** Spans in columns. */
export interface PlotReportSpans {
  /** Their names. */
  name: number[];
  /** Their phases; the name where none is known. */
  phase: number[];
  /** The indexes of their processes. */
  process: number[];
  /** Their lanes, from 0; those of one process and lane do not overlap. */
  lane: number[];
  /** The indexes of their parents; -1 for the start itself. */
  parent: number[];
  /** Where they begin. */
  start_ns: number[];
  /** How long they took; up to `to_ns` where they never ended. */
  duration_ns: number[];
  /** The durations without what children cover. */
  self_ns: number[];
  /** What they explain of the start. */
  on_path_ns: number[];
  /** Sums of 1: had not ended, 2: explains nothing by its own time, 4: its status is an error. */
  flags: number[];
  /** Indexes into the attributes of the report. */
  attributes: number[][];
}

/**
 * Puts laid-out starts in the shape of `coldtrace plot --json`.
 *
 * @param plots the starts.
 * @returns a plain object for `JSON.stringify`.
 */
export function plotReport(plots: readonly Plot[]): PlotReport {
  const strings = new Table<string>();
  const attributes = new Table<PlotReport["attributes"][number]>();
  const text = (value: string) => {
    const shown = cut(printable(value), LONGEST);
    return strings.add(shown, shown);
  };
  /** What stands in a bar, of which nobody sees more. */
  const label = (value: string) => text(cut(printable(value), LABEL));
  const listOf = (of: RecordAttributes = {}, name = "") =>
    Object.entries(of).filter(([key, value]) => !isDrawn(key) && name !== `import ${value}`).map(
      ([key, value]) => {
        const pair: PlotReport["attributes"][number] = [text(key), plain(value)];
        return attributes.add(JSON.stringify(pair), pair);
      },
    );
  const runs = plots.map((plot): PlotReportRun => ({
    headline: headline(plot.start),
    run: plot.start.run ?? null,
    traceId: plot.start.traceId,
    launch: new Date(Number(plot.start.launch / 1_000_000n)).toISOString(),
    ready: plot.start.ready,
    total_ns: plot.total,
    first_token_ns: plot.start.firstToken === undefined
      ? null
      : Number(plot.start.firstToken - plot.start.launch),
    from_ns: plot.from,
    to_ns: plot.to,
    attributes: listOf(plot.start.root?.attributes),
    processes: plot.processes.map(({ name, pids, lanes, onPath, samples }) => ({
      name: printable(name),
      pids: [...pids],
      lanes,
      on_path_ns: onPath,
      samples: samples.map(({ at, cores, rss }) => ({
        at_ns: at.map(Math.round),
        cores: cores.map((value) => Number(value.toFixed(3))),
        rss: rss === undefined ? null : [...rss],
      })),
    })),
    spans: {
      ...columns(plot.spans),
      name: plot.spans.map(({ record }) => label(record.name)),
      phase: plot.spans.map(({ phase }) => label(phase)),
      attributes: plot.spans.map(({ record }) =>
        listOf({
          ...record.attributes,
          ...(record.status.message !== undefined && { "status.message": record.status.message }),
        }, record.name)
      ),
    },
    path: {
      duration_ns: plot.path.map(({ start, end }) => end - start),
      span: plot.path.map(({ span }) => span),
      name: plot.path.map(({ name, span }) => span === -1 ? label(name) : -1),
    },
    events: {
      at_ns: plot.events.map(({ at }) => at),
      name: plot.events.map(({ event }) => text(event.name)),
      span: plot.events.map(({ span }) => span),
      attributes: plot.events.map(({ event }) => listOf(event.attributes)),
    },
  }));
  return { version: 1, strings: strings.all, attributes: attributes.all, runs };
}

/** How much of a text is kept. */
const LONGEST = 2_000;
/** How much of the name of a span or a phase. */
const LABEL = 160;

/** Things of which each has one index. */
class Table<T> {
  readonly all: T[] = [];
  readonly #known = new Map<string, number>();

  add(key: string, value: T): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}

function columns(
  spans: readonly PlotSpan[],
): Omit<PlotReportSpans, "name" | "phase" | "attributes"> {
  return {
    process: spans.map(({ process }) => process),
    lane: spans.map(({ lane }) => lane),
    parent: spans.map(({ parent }) => parent),
    start_ns: spans.map(({ start }) => start),
    duration_ns: spans.map(({ start, end }) => end - start),
    self_ns: spans.map(({ self }) => self),
    on_path_ns: spans.map(({ onPath }) => onPath),
    flags: spans.map(({ open, container, record }) =>
      (open ? 1 : 0) + (container ? 2 : 0) + (record.status.code === 2 ? 4 : 0)
    ),
  };
}

/** What is told by how it is drawn, or by the name, is not listed once more. */
function isDrawn(key: string): boolean {
  return key.startsWith("coldtrace.process.samples.") ||
    ["coldtrace.container", "coldtrace.open", "coldtrace.phase"].includes(key);
}

/** A value as JSON has it; what is nested or binary is a text. */
function plain(value: RecordValue): string | number | boolean | null {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const lines = typeof value === "string" ? value : JSON.stringify(
    value,
    (_, part) =>
      typeof part === "bigint"
        ? String(part)
        : part instanceof Uint8Array
        ? `${part.length} bytes`
        : part,
  );
  return lines.split("\n").map((line) => cut(printable(line), LONGEST)).join("\n");
}

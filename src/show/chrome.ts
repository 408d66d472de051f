/**
 * A start as Chrome trace events, for Perfetto, chrome://tracing and what else reads them.
 *
 * Source: "Trace Event Format" (Google, 2016), and what Perfetto's importer makes of it ("Other
 * trace formats"): complete events of one thread must nest, or they are moved to a track of their
 * own, so each lane of a process is a thread here.
 *
 * @module
 */
import { lanesOf } from "../read/plot/lanes.ts";
import { processOf } from "../read/rows.ts";
import { samplesOf } from "../read/samples.ts";
import type { Start } from "../read/start.ts";
import type { RecordEvent, SpanRecord } from "../trace/record.ts";
import { jsonAttributes, type JsonValue } from "./json_value.ts";

/** One event; which fields it has depends on its phase `ph`. Times are in microseconds. */
export interface ChromeEvent {
  /** `X` a span, `i` an instant, `C` a counter, `s` and `f` the ends of an arrow, `M` a name. */
  ph: "X" | "i" | "C" | "s" | "f" | "M";
  /** What it is. */
  name: string;
  /** Of spans the source (`probe`, `tracer` ...), of others what they are. */
  cat?: string;
  /** The process: its own id, where no other process of the start has the same one. */
  pid: number;
  /** The lane: 1, 2, 3 ... over all processes. */
  tid?: number;
  /** When. */
  ts?: number;
  /** How long. */
  dur?: number;
  /** Of an instant: for all processes, for one, or for a lane. */
  s?: "g" | "p" | "t";
  /** Which arrow it is an end of. */
  id?: number;
  /** Of the end of an arrow: it points to the span around it. */
  bp?: "e";
  /** Attributes. */
  args?: { [name: string]: JsonValue };
}

/** What `coldtrace export --to chrome` writes. */
export interface ChromeTrace {
  /** The events. */
  traceEvents: ChromeEvent[];
  /** How viewers show times. */
  displayTimeUnit: "ms";
  /** What is known of the start as a whole. */
  otherData: { [name: string]: JsonValue };
}

/** A span with its place. Times are in nanoseconds since time zero. */
interface Placed {
  readonly record: SpanRecord;
  readonly process: Process;
  readonly start: number;
  readonly end: number;
  tid: number;
}

/** A process, and how it is told from others. */
interface Process {
  readonly name: string;
  readonly pid: number;
  readonly spans: Placed[];
}

/**
 * Puts a start in Chrome's format: spans in lanes by process, arrows from a span to its children in
 * other processes, instants for its events and log lines, counters for what was sampled.
 *
 * @param start its facts.
 * @returns an object for `JSON.stringify`. Time zero is launch, or the earliest of all there is
 * where something was before it.
 */
export function chromeTrace(start: Start): ChromeTrace {
  const records = start.root ? [start.root, ...start.spans] : start.spans;
  const zero = records
    .flatMap(({ startTimeUnixNano, events = [] }) => [
      startTimeUnixNano,
      ...events.map(({ timeUnixNano }) => timeUnixNano),
    ])
    .reduce((first, time) => time < first ? time : first, start.launch);
  const since = (time: bigint) => Number(time - zero);
  const processes = processesOf(records, since, since(lastOf(records, start.end)));
  const placed = processes.flatMap(({ spans }) => spans);
  const byId = new Map(placed.map((span) => [span.record.spanId, span]));
  const traceEvents = [
    ...processes.flatMap(namesOf),
    ...placed.map(spanEvent),
    ...placed.flatMap((span) => arrowTo(span, byId)).map((event, i) => ({
      ...event,
      id: Math.floor(i / 2) + 1,
    })),
    ...placed.flatMap((span) => instantsOf(span, span.record === start.root, processes, since)),
    ...placed.flatMap(countersOf),
  ];
  return {
    traceEvents,
    displayTimeUnit: "ms",
    otherData: {
      engine: start.engine ?? null,
      run: start.run ?? null,
      trace_id: start.traceId,
      launch: new Date(Number(start.launch / 1_000_000n)).toISOString(),
      launch_us: micros(since(start.launch)),
    },
  };
}

/**
 * A time in microseconds, to the nearest eighth: that is exact as a number, and so are sums of
 * such, and a thousand times it. Decimals would not be, and a child could end after its parent by
 * the way in which a reader rounds them.
 */
function micros(ns: number): number {
  return Math.round(ns / 125) / 8;
}

function lastOf(records: readonly SpanRecord[], end: bigint): bigint {
  return records.reduce(
    (last, { startTimeUnixNano, endTimeUnixNano = startTimeUnixNano }) =>
      endTimeUnixNano > last ? endTimeUnixNano : last,
    end,
  );
}

/** The processes in the order in which they appear, with their spans in lanes. */
function processesOf(
  records: readonly SpanRecord[],
  since: (time: bigint) => number,
  last: number,
): Process[] {
  const groups = Map.groupBy(
    records.toSorted((a, b) => a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1),
    (span) => `${span.resource.attributes["process.pid"] ?? ""} ${processOf(span)}`,
  );
  const taken = new Set<number>();
  let lanes = 0;
  return [...groups.values()].map((members): Process => {
    const [first] = members;
    const name = first ? processOf(first) : "";
    const process: Process = { name, pid: pidOf(first, taken), spans: [] };
    for (const record of members) {
      const begin = since(record.startTimeUnixNano);
      const ended = record.endTimeUnixNano;
      const end = Math.max(begin, ended === undefined ? last : since(ended));
      process.spans.push({ record, process, start: begin, end, tid: 0 });
    }
    const indexes = new Map(members.map(({ spanId }, i) => [spanId, i]));
    const numbers = lanesOf(process.spans.map(({ record, start, end }) => ({
      start,
      end,
      parent: indexes.get(record.parentSpanId ?? "") ?? -1,
    })));
    process.spans.forEach((span, i) => span.tid = lanes + (numbers[i] ?? 0) + 1);
    lanes += numbers.reduce((most, number) => Math.max(most, number), -1) + 1;
    return process;
  });
}

/** Its own id; or the lowest number that is free, where it is unknown or another one has it. */
function pidOf(span: SpanRecord | undefined, taken: Set<number>): number {
  const own = span?.resource.attributes["process.pid"];
  let pid = typeof own === "number" && !taken.has(own) ? own : 1;
  while (taken.has(pid)) pid++;
  taken.add(pid);
  return pid;
}

function namesOf({ name, pid, spans }: Process, index: number): ChromeEvent[] {
  const event = (
    name: string,
    args: { [name: string]: JsonValue },
    tid?: number,
  ): ChromeEvent => ({ ph: "M", name, pid, ...(tid !== undefined && { tid }), args });
  const lanes = [...new Set(spans.map(({ tid }) => tid))].sort((a, b) => a - b);
  return [
    event("process_name", { name }),
    event("process_sort_index", { sort_index: index }),
    ...lanes.flatMap((tid, i) => [
      event("thread_name", { name: i === 0 ? name : `beside it, ${i}` }, tid),
      event("thread_sort_index", { sort_index: tid }, tid),
    ]),
  ];
}

function spanEvent({ record, process: { pid }, start, end, tid }: Placed): ChromeEvent {
  const { attributes, spanId, parentSpanId, status, endTimeUnixNano } = record;
  // What was sampled is shown as counters.
  const told = Object.entries(attributes)
    .filter(([name]) => !name.startsWith("coldtrace.process.samples."));
  const ts = micros(start);
  return {
    ph: "X",
    name: record.name,
    cat: String(attributes["coldtrace.source"] ?? "tracer"),
    pid,
    tid,
    ts,
    dur: micros(end) - ts,
    args: {
      ...jsonAttributes(Object.fromEntries(told)),
      span_id: spanId,
      ...(parentSpanId !== undefined && { parent_span_id: parentSpanId }),
      ...(endTimeUnixNano === undefined && { open: true }),
      ...(status.code === 2 && { error: status.message ?? true }),
    },
  };
}

/** Two ends of an arrow from its parent, where that is another process's. */
function arrowTo(
  { record, process, start, tid }: Placed,
  byId: ReadonlyMap<string, Placed>,
): Omit<ChromeEvent, "id">[] {
  const parent = byId.get(record.parentSpanId ?? "");
  if (parent === undefined || parent.process === process) return [];
  const arrow = { name: "parent", cat: "parent" };
  // It leaves the parent while that is there to be left.
  const at = micros(Math.max(parent.start, Math.min(start, parent.end)));
  return [
    { ph: "s", ...arrow, pid: parent.process.pid, tid: parent.tid, ts: at },
    { ph: "f", bp: "e", ...arrow, pid: process.pid, tid, ts: micros(start) },
  ];
}

/** What a log line is called at most; all of it is in `args`. */
const LONGEST = 120;

function instantsOf(
  { record, process, tid }: Placed,
  isRoot: boolean,
  processes: readonly Process[],
  since: (time: bigint) => number,
): ChromeEvent[] {
  return (record.events ?? []).map((event): ChromeEvent => {
    const { name, timeUnixNano, attributes = {} } = event;
    const own = processes.find(({ pid }) => pid === attributes["process.pid"]) ?? process;
    const isMoment = name === "ready" || name === "first_token";
    return {
      ph: "i",
      name: nameOf(event),
      cat: name,
      pid: own.pid,
      tid: own === process ? tid : own.spans[0]?.tid ?? tid,
      ts: micros(since(timeUnixNano)),
      s: !isRoot ? "t" : isMoment ? "g" : "p",
      args: jsonAttributes(attributes),
    };
  });
}

function nameOf({ name, attributes = {} }: RecordEvent): string {
  const body = attributes["log.body"];
  return name === "log" && typeof body === "string" ? body.slice(0, LONGEST) : name;
}

/** CPUs and memory of a process, down to nothing where it ends. */
function countersOf({ record, process: { pid }, start, end }: Placed): ChromeEvent[] {
  const samples = samplesOf(record);
  if (samples === undefined) return [];
  const { at, cores, rss } = samples;
  const counter = (name: string, unit: string, ns: number, value: number): ChromeEvent => {
    return { ph: "C", name, pid, ts: micros(start + ns), args: { [unit]: value } };
  };
  const gone = record.endTimeUnixNano === undefined ? [] : [end - start];
  return [
    // What was used between two samples holds from the first of them on.
    ...at.slice(0, -1).map((ns, i) => counter("CPU", "cores", ns, cores[i + 1] ?? 0)),
    ...gone.map((ns) => counter("CPU", "cores", ns, 0)),
    ...(rss ?? []).map((bytes, i) => counter("memory", "bytes", at[i] ?? 0, bytes)),
    ...(rss ? gone.map((ns) => counter("memory", "bytes", ns, 0)) : []),
  ];
}

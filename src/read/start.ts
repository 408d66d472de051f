/**
 * What the spans of a trace say about the start of an engine.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { indexOf, isContainer, precedes } from "./partition/forest.ts";
import { askUpwards } from "./pedigree.ts";

/** How a start ended that did not get ready, or broke off, as far as it is known. */
export interface Ended {
  /**
   * Why: `exit`, `start-timeout`, `stall-timeout` or another `error.type` of the root;
   * `launcher-killed` where coldtrace itself ended before it could say so: the engine may have
   * gone on.
   */
  readonly reason?: string;
  /** The exit code of the process that failed. */
  readonly exitCode?: number;
  /** The signal that ended it, e.g. `SIGKILL`. */
  readonly signal?: string;
  /** What the root's status says. */
  readonly message?: string;
}

/** The facts of one start. Times are in nanoseconds since the Unix epoch. */
export interface Start {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The root span, if it came. */
  readonly root?: SpanRecord;
  /** Its other spans, each id once; what surrounds the start in its trace is left out. */
  readonly spans: readonly SpanRecord[];
  /** What is started; where coldtrace's root is missing, the `service.name` of the first span. */
  readonly engine?: string;
  /** The id of the stored run. */
  readonly run?: string;
  /** Time zero. */
  readonly launch: bigint;
  /** When it was ready, else when it ended. */
  readonly end: bigint;
  /** Whether it became ready. */
  readonly ready: boolean;
  /** Whether all that is known is that its program was executed, which counts as ready then. */
  readonly executed: boolean;
  /** When it had produced the first token, if that was seen. */
  readonly firstToken?: bigint;
  /** What coldtrace did before launch. */
  readonly prepare?: SpanRecord;
  /** The names of the spans that were open when it died or broke off, the deepest last. */
  readonly open: readonly string[];
  /** How it died, or that it broke off; absent where it became ready, and where nothing tells. */
  readonly ended?: Ended;
  /** Why it has no first token, though it became ready and was asked for one. */
  readonly failure?: string;
  /** What was looked for and not seen, each as a line. */
  readonly missing: readonly string[];
}

/**
 * Reads a start from spans, whoever wrote them.
 *
 * Of several traces it takes the one with the earliest root that coldtrace made (attribute
 * `coldtrace.engine`), else the one with the most spans. Launch is the beginning of that root,
 * ready and first token are its events `ready` and `first_token`. Without a `ready` event the
 * start died, and reaches to the end of the root. Where that never came, it broke off with coldtrace
 * itself, and reaches from the first span to the last end, as traces of others do; of these a
 * top-level span that covers all counts as the root, or that all others stand under.
 *
 * @param records the spans of a run or of any OTLP file, in any order.
 * @returns the facts.
 * @throws {TypeError} if there is no span.
 */
export function readStart(records: readonly SpanRecord[]): Start {
  const root = earliest(records.filter(isRoot));
  const traceId = root?.traceId ?? largestTrace(records);
  const trace = records.filter((span) => span.traceId === traceId);
  if (root !== undefined && root.parentSpanId === undefined) {
    const others = trace.filter((span) => span !== root);
    const index = indexOf(others);
    // Of most starts nothing is outside, and each id is there once.
    const isPlain = index.size === others.length && !index.has(root.spanId);
    if (isPlain) return readRooted(root, others);
  }
  const byId = preferred(trace);
  if (root === undefined) return readRootless(traceId, byId);
  const best = byId.get(root.spanId) ?? root;
  return readRooted(best, spansOf(best, byId));
}

/** Of the records of each id the one to keep. */
function preferred(trace: readonly SpanRecord[]): ReadonlyMap<string, SpanRecord> {
  const byId = new Map<string, SpanRecord>();
  for (const span of trace) {
    const known = byId.get(span.spanId);
    if (known === undefined || precedes(span, known)) byId.set(span.spanId, span);
  }
  return byId;
}

function readRooted(root: SpanRecord, spans: readonly SpanRecord[]): Start {
  const launch = root.startTimeUnixNano;
  const moment = (name: string) => root.events?.find((event) => event.name === name)?.timeUnixNano;
  const [ready, firstToken] = [moment("ready"), moment("first_token")];
  const run = stringOf(root, "coldtrace.run");
  const engine = engineOf(root);
  const prepare = earliest(spans.filter(isPrepare));
  const isReady = ready !== undefined;
  return {
    traceId: root.traceId,
    root,
    spans,
    ...(engine !== undefined && { engine }),
    ...(run !== undefined && { run }),
    launch,
    end: atLeast(launch, ready ?? root.endTimeUnixNano ?? lastMoment(spans, launch)),
    ready: isReady,
    executed: isReady && root.attributes["coldtrace.until"] === "exec",
    ...(firstToken !== undefined && { firstToken }),
    ...(prepare && { prepare }),
    open: isReady ? [] : openNames(spans, root),
    missing: textsOf(root, "coldtrace.missing"),
    ...(isReady && root.status.code === 2 && { failure: root.status.message ?? "it failed" }),
    ...(!isReady && root.endTimeUnixNano !== undefined && { ended: endOf(root) }),
  };
}

/** A trace of others, or of a coldtrace that was killed before its root could end. */
function readRootless(traceId: string, byId: ReadonlyMap<string, SpanRecord>): Start {
  const all = [...byId.values()];
  const isOurs = all.some(({ attributes, resource }) =>
    [attributes, resource.attributes].some((a) =>
      Object.keys(a).some((key) => key.startsWith("coldtrace."))
    )
  );
  const isPreparing = askUpwards(byId, (span) => isPrepare(span) || undefined, false);
  const prepare = earliest(all.filter(isPrepare));
  const started = all.filter((span) => !isPreparing(span));
  const first = earliest(started);
  const launch = first?.startTimeUnixNano ?? lastMoment(all, 0n);
  const end = lastMoment(started, launch);
  const tops = started.filter((span) => !byId.has(span.parentSpanId ?? ""));
  const top = earliest(tops);
  // What stands under the only one may outlive it.
  const isRootOf = top?.startTimeUnixNano === launch && top.endTimeUnixNano !== undefined &&
    (top.endTimeUnixNano === end || tops.length === 1);
  const root = !isOurs && isRootOf ? top : undefined;
  const engine = isOurs
    ? prepare?.attributes["coldtrace.start.engine"]
    : first?.resource.attributes["service.name"];
  return {
    traceId,
    ...(root && { root }),
    spans: all.filter((span) => span !== root),
    ...(typeof engine === "string" && { engine }),
    launch,
    end,
    ready: false,
    executed: false,
    ...(prepare && { prepare }),
    open: openNames(all),
    missing: [],
    ...(isOurs && { ended: { reason: "launcher-killed" } }),
  };
}

/** The spans of the root's trace without those around it: its ancestors, and what is theirs. */
function spansOf(root: SpanRecord, byId: ReadonlyMap<string, SpanRecord>): SpanRecord[] {
  const outside = new Set<string>();
  let id = root.parentSpanId;
  while (id !== undefined && id !== root.spanId && !outside.has(id)) {
    outside.add(id);
    id = byId.get(id)?.parentSpanId;
  }
  const inside = [...byId.values()].filter((span) => span !== root);
  // Then nobody has to be asked.
  if (outside.size === 0) return inside;
  const belongs = askUpwards(byId, (span) => {
    if (span.spanId === root.spanId) return true;
    const isOutside = outside.has(span.spanId) || outside.has(span.parentSpanId ?? "");
    return isOutside ? false : undefined;
  }, true);
  return inside.filter(belongs);
}

function endOf(root: SpanRecord): Ended {
  const reason = stringOf(root, "error.type");
  const exitCode = root.attributes["process.exit.code"];
  const signal = stringOf(root, "process.exit.signal");
  const { message } = root.status;
  return {
    ...(reason !== undefined && { reason }),
    ...(typeof exitCode === "number" && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(message !== undefined && { message }),
  };
}

function openNames(spans: readonly SpanRecord[], root?: SpanRecord): string[] {
  if (root?.attributes["coldtrace.open"] !== undefined) return textsOf(root, "coldtrace.open");
  const open = spans.filter((span) => span.endTimeUnixNano === undefined);
  const leaves = open.filter((span) => !isContainer(span));
  // What only holds others says something where none of these is open; a process says nothing.
  const named = leaves.length > 0
    ? leaves
    : open.filter(({ attributes }) => typeof attributes["coldtrace.phase"] === "string");
  return named.toSorted((a, b) => isBefore(a, b) ? -1 : 1).map((span) => span.name);
}

function textsOf({ attributes }: SpanRecord, key: string): string[] {
  const value = attributes[key];
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

function atLeast(least: bigint, value: bigint): bigint {
  return value > least ? value : least;
}

function lastMoment(spans: readonly SpanRecord[], least: bigint): bigint {
  return spans.reduce((last, span) => {
    const moment = span.endTimeUnixNano ?? span.startTimeUnixNano;
    return moment > last ? moment : last;
  }, least);
}

function largestTrace(records: readonly SpanRecord[]): string {
  const traces = Map.groupBy(records, (span) => span.traceId);
  let largest: SpanRecord[] = [];
  for (const trace of traces.values()) if (trace.length > largest.length) largest = trace;
  const [span] = largest;
  if (span === undefined) {
    throw new TypeError("Cannot read start as it must have at least 1 span: current value is 0");
  }
  return span.traceId;
}

/** The span that begins first; of several that do, the one of the smallest id. */
export function earliest(spans: readonly SpanRecord[]): SpanRecord | undefined {
  let result = spans[0];
  for (const span of spans) if (result && isBefore(span, result)) result = span;
  return result;
}

function isBefore(a: SpanRecord, b: SpanRecord): boolean {
  return a.startTimeUnixNano === b.startTimeUnixNano
    ? a.spanId < b.spanId
    : a.startTimeUnixNano < b.startTimeUnixNano;
}

function isPrepare(span: SpanRecord): boolean {
  return span.attributes["coldtrace.prepare"] === true;
}

/** Whether a span is the root that coldtrace makes of a start. */
export function isRoot(span: SpanRecord): boolean {
  return engineOf(span) !== undefined;
}

function engineOf(span: SpanRecord): string | undefined {
  return stringOf(span, "coldtrace.engine");
}

function stringOf(span: SpanRecord, key: string): string | undefined {
  const value = span.attributes[key];
  return typeof value === "string" ? value : undefined;
}

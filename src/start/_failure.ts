import type { SpanRecord } from "../trace/record.ts";

/** How deep spans may stand for their order to count. */
const MAX_DEPTH = 64;

/** What the spans of an engine tell of its death. */
export interface Failure {
  /**
   * What it was doing: the spans that were open, outermost first, and then those that failed by
   * themselves, of which the last is the first that did: it died of that.
   */
  readonly open: readonly SpanRecord[];
  /** The span of the process that failed, and took those above it along. */
  readonly process: SpanRecord | undefined;
  /** Why, in words. */
  readonly message: string | undefined;
}

/** Finds out what an engine died of. */
export function failureOf(spans: readonly SpanRecord[]): Failure {
  const open = openPhases(spans);
  const last = open.at(-1);
  const cause = last && !isOpen(last) ? last : undefined;
  const process = failedProcess(spans, cause);
  const words = process && `${process.name} ${process.status.message ?? "failed"}`;
  return { open, process, message: cause?.status.message ?? words };
}

function openPhases(spans: readonly SpanRecord[]): SpanRecord[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const above = ({ parentSpanId = "" }: SpanRecord) => byId.get(parentSpanId);
  const depth = (span: SpanRecord) => {
    let count = 0;
    // What processes tell may go in circles, so not for ever.
    for (let at = above(span); at && count < MAX_DEPTH; at = above(at)) count++;
    return count;
  };
  /** Whether a failure was not dealt with by what was around it: a library that may be missing. */
  const wentUp = (span: SpanRecord) => {
    let failed = span;
    let at = above(span);
    for (let count = 0; at && !isProcess(at); count++, at = above(at)) {
      if (isOpen(at)) return true;
      if (hasFailed(at)) failed = at;
      else if (!isOfLog(at)) return false;
      if (count === MAX_DEPTH) return false;
    }
    return failed.attributes[IMPORT] === undefined;
  };
  const phases = spans.filter((span) =>
    isPhase(span) && (isOpen(span) || hasFailed(span) && wentUp(span))
  );
  return phases.sort((a, b) =>
    Number(isOpen(b)) - Number(isOpen(a)) ||
    // The first to fail took the others along: those around it, and those of other processes.
    (isOpen(a) ? 0 : Number(endOf(b) - endOf(a))) ||
    depth(a) - depth(b) || Number(a.startTimeUnixNano - b.startTimeUnixNano)
  );
}

/** The attribute of imports, which many a program tries. */
const IMPORT = "coldtrace.import.module";

/** Whether a span says what a process does, if only that it waits for another one. */
function isPhase({ attributes }: SpanRecord): boolean {
  return attributes["coldtrace.container"] !== true || attributes["coldtrace.wait"] === true;
}

function hasFailed({ status }: SpanRecord): boolean {
  return status.code === 2;
}

/** Whether a span is told by the log, which says of none that it failed. */
function isOfLog({ attributes }: SpanRecord): boolean {
  return attributes["coldtrace.source"] === "log";
}

function isProcess({ attributes }: SpanRecord): boolean {
  return "process.pid" in attributes;
}

/** The process that `cause` belongs to; without a cause, the first that ended in failure. */
function failedProcess(
  spans: readonly SpanRecord[],
  cause: SpanRecord | undefined,
): SpanRecord | undefined {
  const failed = spans.filter(({ attributes, status }) =>
    status.code === 2 && ("process.exit.code" in attributes || "process.exit.signal" in attributes)
  );
  // The others may have been stopped because of it, before it ended.
  const pid = cause?.resource.attributes["process.pid"];
  const own = failed.find(({ attributes }) => attributes["process.pid"] === pid);
  return own ?? failed.sort((a, b) => Number(endOf(a) - endOf(b)))[0];
}

/** Whether the launcher of its process closed it, because it did not end by itself. */
function isOpen({ attributes }: SpanRecord): boolean {
  return attributes["coldtrace.open"] === true;
}

function endOf({ endTimeUnixNano, startTimeUnixNano }: SpanRecord): bigint {
  return endTimeUnixNano ?? startTimeUnixNano;
}

/**
 * Where a span goes: up the pipe to a launcher, to the host's provider, to our exporter, or
 * nowhere; and to whoever in this process collects. Who listens is in `listeners.ts`, which is
 * loaded by those who do.
 *
 * @module
 */
import type { LiveSpan, Queue, Recordable, State } from "./_state.ts";
import { inboundContext, spanOf } from "./context.ts";
import { isPipeAnnounced, settings, state, warn } from "./process.ts";
import type { SpanRecord } from "./record.ts";
import type { SpanContext } from "./types.ts";

/**
 * How many spans wait for a launcher, at most. No variable bounds it: those of the export queue
 * (`OTEL_BSP_*`) say nothing of the way to the launcher, and a small one would cost a start its
 * first spans.
 */
const MAX_WAITING = 2048;

/** The shared state, after a look at the environment: once per process, at its first span. */
export function sink(): State {
  const shared = state();
  if (!shared.known) {
    shared.known = true;
    shared.exports = settings().on;
    if (isPipeAnnounced()) shared.waiting = [];
    update(shared);
  }
  return shared;
}

/** Notes who listens now, so that a span need look at one flag. */
export function update(shared: State): void {
  shared.wanted = shared.collectors.size > 0 || shared.pipe !== undefined ||
    shared.waiting !== undefined;
  shared.offSpan = spanOf(inboundContext());
}

/** Whether a span that starts now is to be recorded, sampled or not. */
export function isWanted(shared: State): boolean {
  const { waiting, pipe, collectors } = shared;
  if (waiting !== undefined && waiting.length >= MAX_WAITING) {
    shared.dropped++;
    return collectors.size > 0;
  }
  return waiting !== undefined || pipe !== undefined || collectors.size > 0;
}

/**
 * Tells whoever listens that a span has started.
 *
 * @param past Whether it began before now: most of these have ended before this turn of the event
 * loop is over, so that a launcher need not hear of them twice.
 */
export function onStart(span: LiveSpan, past: boolean): void {
  const { collectors, pipe, waiting } = state();
  if (waiting !== undefined && waiting.length < MAX_WAITING) waiting.push(span);
  if (pipe !== undefined) {
    if (past) queueMicrotask(() => span.isRecording() && pass(span, pipe.start));
    else pass(span, pipe.start);
  }
  for (const { onStart } of collectors) if (onStart !== undefined) pass(span, onStart);
}

/** Takes a span that has ended to where spans go now, which may have changed since it began. */
export function onEnd(span: LiveSpan): void {
  const { collectors, pipe, waiting } = state();
  for (const { onSpan } of collectors) pass(span, onSpan);
  if (pipe !== undefined) pass(span, pipe.end);
  else if (waiting === undefined) exportSampled(span, span.traceFlags);
}

/** Hands a span's record to what others gave us: their trouble is not the host's. */
export function pass(span: Recordable, take: (record: SpanRecord) => void): void {
  try {
    take(span.toRecord());
  } catch (error) {
    warn(`Cannot pass a span on: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Queues a span for our exporter, if there is one and the span is sampled. */
export function exportSampled(span: Recordable, flags: number): void {
  if (sink().exports && (flags & 1) === 1) queue().push(span);
}

function queue(): Queue {
  return state().queue ??= loadQueue();
}

/**
 * Loads the queue, which not every program that traces needs. Spans wait in a list until it is
 * there, as long as those of a full queue would.
 */
function loadQueue(): Queue {
  const shared = state();
  const spans: Recordable[] = [];
  const { maxQueueSize } = settings();
  let dropped = 0;
  const substitute: Queue = {
    push(span): void {
      if (spans.length < maxQueueSize) spans.push(span);
      else dropped++;
    },
    async flush(timeout): Promise<void> {
      await (await loading)?.flush(timeout);
    },
  };
  const loading = import("./export_queue.ts").then(({ openExportQueue }) => {
    const queue = openExportQueue(dropped);
    // What is named may turn out to be no endpoint.
    if (queue === undefined) shared.exports = false;
    for (const span of spans.splice(0)) queue?.push(span);
    if (shared.queue === substitute) shared.queue = queue;
    return queue;
  }).catch((error) => warn(`Cannot export spans: ${error.message}`));
  return substitute;
}

/** A span's identity, by the names that its trace and it have now. */
export function currentIdentity(identity: SpanContext): SpanContext {
  const { renamed } = state();
  const traceId = renamed.get(identity.traceId);
  if (traceId === undefined) return identity;
  return { ...identity, traceId, spanId: renamed.get(identity.spanId) ?? identity.spanId };
}

/**
 * Exports spans of other processes, which came by a pipe, if the environment names an
 * endpoint; except where a launcher above will do it.
 */
export function exportRecords(records: readonly SpanRecord[]): void {
  const { pipe, waiting } = sink();
  if (pipe !== undefined || waiting !== undefined) return;
  for (const record of records) exportSampled({ toRecord: () => record }, record.flags);
}

/**
 * Sends what waits for export. It never rejects, and resolves when all is sent, when sending
 * failed, or at the deadline; what is left then stays queued.
 *
 * @param options `timeout` is the deadline, in milliseconds. @default {{ timeout: 2000 }}
 * @returns Settles by the deadline.
 *
 * @example Send what there is before the process ends
 * ```ts
 * import { flush, getTracer } from "@coldtrace/coldtrace";
 *
 * getTracer("my.module").withSpan("work", () => {});
 * await flush({ timeout: 500 });
 * ```
 */
export async function flush(options: { timeout?: number } = {}): Promise<void> {
  const timeout: unknown = options?.timeout ?? 2000;
  // What is no positive number (NaN, say) is no time at all: a timer would warn of it.
  await state().queue?.flush(typeof timeout === "number" && timeout > 0 ? timeout : 0);
}

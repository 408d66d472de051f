/**
 * Where a span goes: up the pipe to a launcher, to the host's provider, to our exporter, or
 * nowhere; and to whoever in this process collects.
 *
 * @module
 */
import type { LiveSpan, Pipe, Queue, Recordable, State } from "./_state.ts";
import { inboundContext, inboundSpanContext, spanContextOf, spanOf } from "./context.ts";
import { isPipeAnnounced, settings, state, warn } from "./process.ts";
import type { SpanRecord } from "./record.ts";
import { isSampled } from "./settings.ts";
import type { Context, SpanContext } from "./types.ts";
import { isSpanContextValid } from "./w3c.ts";

export type { Pipe } from "./_state.ts";
export { isPipeAnnounced } from "./process.ts";

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
function update(shared: State): void {
  shared.wanted = shared.collectors.size > 0 || shared.pipe !== undefined ||
    shared.waiting !== undefined;
  shared.offSpan = spanOf(inboundContext());
}

/** Whether a span that starts now is to be recorded, sampled or not. */
export function isWanted(shared: State): boolean {
  if (shared.collectors.size > 0 || shared.pipe !== undefined || hasRoom(shared)) return true;
  shared.dropped++;
  return false;
}

/** Whether one more span can wait for the launcher. */
function hasRoom({ waiting }: State): boolean {
  return waiting !== undefined && waiting.length < MAX_WAITING;
}

/** Tells whoever listens that a span has started. */
export function onStart(span: LiveSpan): void {
  const shared = state();
  const { collectors, pipe, waiting } = shared;
  if (hasRoom(shared)) waiting?.push(span);
  else if (waiting !== undefined) shared.dropped++;
  if (pipe !== undefined) safely(() => pipe.start(span.toRecord()));
  for (const { onStart } of collectors) {
    if (onStart !== undefined) safely(() => onStart(span.toRecord()));
  }
}

/** Takes a span that has ended to where spans go now, which may have changed since it began. */
export function onEnd(span: LiveSpan): void {
  const { collectors, pipe, waiting } = state();
  for (const { onSpan } of collectors) safely(() => onSpan(span.toRecord()));
  if (pipe !== undefined) safely(() => pipe.end(span.toRecord()));
  else if (waiting === undefined) exportSampled(span, span.traceFlags);
}

/** Queues a span for our exporter, if there is one and the span is sampled. */
function exportSampled(span: Recordable, flags: number): void {
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
  const { maxQueueSize } = settings().batch;
  let dropped = 0;
  const loading = import("./export_queue.ts").then(({ createExportQueue }) => {
    const queue = createExportQueue<Recordable>(settings(), (span) => span.toRecord(), dropped);
    for (const span of spans) queue.push(span);
    if (shared.queue === substitute) shared.queue = queue;
    return queue;
  }).catch((error) => warn(`Cannot export spans: ${error.message}`));
  const substitute: Queue = {
    push(span): void {
      if (spans.length < maxQueueSize) spans.push(span);
      else dropped++;
    },
    async flush(timeout): Promise<void> {
      await (await loading)?.flush(timeout);
    },
  };
  return substitute;
}

/** Runs what others gave us: their trouble is not the host's. */
function safely(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    warn(`Cannot pass a span on: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Sends the spans of this process up a pipe from now on, those that waited for it first.
 *
 * @param context What the launcher sent down: from now on the parent of what has none in
 * this process, and of the roots that waited.
 */
export function connectPipe(pipe: Pipe, context: Context): void {
  const shared = sink();
  const { waiting = [], dropped } = shared;
  rehome(waiting, context);
  shared.inbound = context;
  shared.waiting = undefined;
  shared.pipe = pipe;
  update(shared);
  for (const span of waiting) {
    if (span.isRecording()) safely(() => pipe.start(span.toRecord()));
    else safely(() => pipe.end(span.toRecord()));
  }
  if (dropped > 0) warn(`${dropped} spans were dropped before the launcher was connected`);
}

/**
 * Moves spans that waited for their launcher into its trace: those that were started under
 * nothing, or under what the environment named, and all below them.
 *
 * The ids that are given up are remembered, since contexts that were made from them may
 * still be about.
 */
function rehome(spans: readonly LiveSpan[], context: Context): void {
  const launcher = spanContextOf(context);
  if (launcher === undefined || !isSpanContextValid(launcher)) return;
  const { renamed } = state();
  const assumed = inboundSpanContext();
  if (assumed !== undefined) {
    rename(assumed.traceId, launcher.traceId);
    rename(assumed.spanId, launcher.spanId);
  }
  for (const span of spans) {
    const { traceId } = span.spanContext();
    let { parent } = span;
    if (parent === undefined) {
      if (span.detached) continue;
      rename(traceId, launcher.traceId);
      parent = launcher;
    } else if (assumed !== undefined && isSame(parent, assumed)) {
      parent = launcher;
    } else {
      parent = currentIdentity(parent);
    }
    if (parent !== span.parent || parent.traceId !== traceId) {
      span.adopt(parent, isSampled(settings().sampler, parent.traceId, parent) ? 1 : 0);
    }
  }

  function rename(from: string, to: string): void {
    if (from !== to) renamed.set(from, to);
  }
}

/** A span's identity, by the names that its trace and it have now. */
export function currentIdentity(identity: SpanContext): SpanContext {
  const { renamed } = state();
  const traceId = renamed.get(identity.traceId);
  if (traceId === undefined) return identity;
  return { ...identity, traceId, spanId: renamed.get(identity.spanId) ?? identity.spanId };
}

function isSame(a: SpanContext, b: SpanContext): boolean {
  return a.traceId === b.traceId && a.spanId === b.spanId;
}

/** Gives up the pipe, or the wait for one: spans go to our exporter then, if there is one. */
export function disconnectPipe(): void {
  const shared = sink();
  const { waiting = [] } = shared;
  shared.waiting = undefined;
  shared.pipe = undefined;
  update(shared);
  for (const span of waiting) {
    if (!span.isRecording()) exportSampled(span, span.traceFlags);
  }
}

/**
 * Makes the tracer record, and hands over every span of this process that ends.
 *
 * @returns Ends the collection when disposed of.
 */
export function collectSpans(
  onSpan: (record: SpanRecord) => void,
  options: { onStart?: (record: SpanRecord) => void } = {},
): Disposable {
  const shared = sink();
  const collector = { onSpan, onStart: options.onStart };
  shared.collectors.add(collector);
  update(shared);
  return {
    [Symbol.dispose](): void {
      shared.collectors.delete(collector);
      update(shared);
    },
  };
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

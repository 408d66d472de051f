/**
 * Who hears of the spans of this process: a launcher above it, by a pipe, and collectors in it.
 *
 * @module
 */
import type { LiveSpan, Pipe } from "./_state.ts";
import { inboundSpanContext, spanContextOf } from "./context.ts";
import { settings, state, warn } from "./process.ts";
import type { SpanRecord } from "./record.ts";
import { isSampled } from "./settings.ts";
import { currentIdentity, exportSampled, pass, sink, update } from "./sink.ts";
import type { Context, SpanContext } from "./types.ts";
import { isSpanContextValid, randomTraceId } from "./w3c.ts";

export type { Pipe } from "./_state.ts";

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
    pass(span, span.isRecording() ? pipe.start : pipe.end);
  }
  if (dropped > 0) warn(`${dropped} spans were dropped before the launcher was connected`);
}

/**
 * Moves spans that waited for their launcher into its trace: those that were started under
 * nothing, or under what the environment named, and all below them. Where it named none (or
 * nothing that makes sense, which W3C has be the same), the environment's is not believed either:
 * they are in a new trace.
 *
 * The ids that are given up are remembered, since contexts that were made from them may
 * still be about.
 */
function rehome(spans: readonly LiveSpan[], context: Context): void {
  const given = spanContextOf(context);
  const launcher = given && isSpanContextValid(given) ? given : undefined;
  const assumed = inboundSpanContext();
  if (launcher === undefined && assumed === undefined) return;
  const home = launcher?.traceId ?? randomTraceId();
  const { renamed } = state();
  if (assumed !== undefined) rename(assumed.traceId, home);
  if (assumed !== undefined && launcher !== undefined) rename(assumed.spanId, launcher.spanId);
  for (const span of spans) {
    const { traceId } = span.spanContext();
    let { parent } = span;
    if (parent === undefined) {
      if (span.detached || launcher === undefined) continue;
      rename(traceId, home);
      parent = launcher;
    } else if (assumed !== undefined && isSame(parent, assumed)) {
      parent = launcher;
    } else {
      parent = currentIdentity(parent);
    }
    const trace = parent?.traceId ?? home;
    if (parent !== span.parent || trace !== traceId) {
      span.adopt(parent, trace, isSampled(settings().sampler, trace, parent) ? 1 : 0);
    }
  }

  function rename(from: string, to: string): void {
    if (from !== to) renamed.set(from, to);
  }
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

/**
 * coldtrace shows where an inference engine's cold start goes, from process launch to the first
 * token, as one OpenTelemetry trace that adds up.
 *
 * Take a tracer at module level, as you would a logger. It loads nothing, and costs nanoseconds
 * until the standard `OTEL_*` variables, a launcher above this process, or a provider that the
 * host has registered switch it on:
 *
 * ```ts
 * import { getTracer } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const tracer = getTracer("my.engine");
 *
 * const bytes = await tracer.withSpan("load weights", async (span) => {
 *   const weights = await Promise.resolve(new Uint8Array(1024));
 *   span.setAttribute("bytes", weights.length);
 *   return weights.length;
 * });
 * assertEquals(bytes, 1024);
 * ```
 *
 * Launch another process as a part of the same trace with {@linkcode launchEngine}; in that
 * process, {@linkcode connectLauncher} sends its spans up and tells when it is ready.
 *
 * Span names and attributes are unstable for now: they may change in any release.
 *
 * @module
 */
// For speed alone: a graph of modules is loaded level by level, so everything that is loaded at
// once is named on this one.
import "./src/trace/process.ts";
import "./src/trace/settings.ts";
import "./src/trace/span.ts";
import "./src/trace/w3c.ts";

export { getTracer } from "./src/trace/tracer.ts";
export { flush } from "./src/trace/sink.ts";
export { extractEnv, injectEnv } from "./src/trace/context.ts";
export type {
  Attributes,
  AttributeValue,
  Context,
  Exception,
  HrTime,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanOptions,
  SpanStatus,
  SpanStatusCode,
  TimeInput,
  Tracer,
  TraceState,
} from "./src/trace/types.ts";
export type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "./src/trace/record.ts";
export { connectLauncher, launchEngine } from "./src/launch/launch.ts";
export { EngineStartError } from "./src/launch/errors.ts";
export type {
  Engine,
  EngineStartErrorOptions,
  EngineStartErrorReason,
  LaunchEngineOptions,
  Launcher,
  ReadyProbe,
} from "./src/launch/types.ts";

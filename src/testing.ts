/**
 * A span recorder for tests of code that traces with coldtrace.
 *
 * @example See what a function traced
 * ```ts
 * import { getTracer } from "@coldtrace/coldtrace";
 * import { createSpanRecorder } from "@coldtrace/coldtrace/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const tracer = getTracer("my.module");
 *
 * using recorder = createSpanRecorder();
 * tracer.withSpan("load weights", (span) => span.setAttribute("bytes", 1024));
 *
 * const span = recorder.find("load weights");
 * assertEquals(span.attributes, { bytes: 1024 });
 * assertEquals(span.status, { code: 0 });
 * ```
 *
 * @module
 */
import type { SpanRecord } from "./trace/record.ts";
import { collectSpans } from "./trace/listeners.ts";

export type {
  RecordAttributes,
  RecordEvent,
  RecordLink,
  RecordResource,
  RecordScope,
  RecordValue,
  SpanRecord,
} from "./trace/record.ts";

/** What {@linkcode createSpanRecorder} returns: the spans that this process has ended since. */
export interface SpanRecorder extends Disposable {
  /** The recorded spans, in the order in which they ended. */
  readonly spans: readonly SpanRecord[];
  /**
   * The first recorded span of a name.
   *
   * @param name The span's name.
   * @returns The span.
   * @throws {Error} If there is none; its message lists what was recorded.
   */
  find(name: string): SpanRecord;
  /** Forgets what was recorded. */
  clear(): void;
}

/**
 * Records every span that `getTracer`'s tracers of this process end from now on, sampled or
 * not, whatever the environment says, until it is disposed of. While it is there, no span goes
 * to a provider that the host has registered.
 *
 * @returns The recorder, which knows no spans yet.
 *
 * @example Read what went wrong from the failure
 * ```ts
 * import { getTracer } from "@coldtrace/coldtrace";
 * import { createSpanRecorder } from "@coldtrace/coldtrace/testing";
 * import { assertThrows } from "@std/assert";
 *
 * using recorder = createSpanRecorder();
 * getTracer("my.module").withSpan("load weights", () => {});
 *
 * assertThrows(() => recorder.find("load tokenizer"), Error, '"load weights"');
 * recorder.clear();
 * assertThrows(() => recorder.find("load weights"), Error, "nothing");
 * ```
 */
export function createSpanRecorder(): SpanRecorder {
  const spans: SpanRecord[] = [];
  const collection = collectSpans((span) => spans.push(span));
  return {
    spans,
    find(name: string): SpanRecord {
      const span = spans.find((span) => span.name === name);
      if (span !== undefined) return span;
      throw new Error(
        `Cannot find span ${JSON.stringify(name)} as it must have ended while recorded: ` +
          `recorded is ${listOf(spans)}`,
      );
    },
    clear(): void {
      spans.length = 0;
    },
    [Symbol.dispose](): void {
      collection[Symbol.dispose]();
    },
  };
}

/** Every span in a line, under its parent. */
function listOf(spans: readonly SpanRecord[]): string {
  if (spans.length === 0) return "nothing";
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines: string[] = [];
  const list = (children: readonly SpanRecord[], depth: number) => {
    for (const { name, spanId, status, attributes } of children) {
      const error = status.code === 2 ? ` ERROR ${status.message ?? ""}`.trimEnd() : "";
      const details = Object.keys(attributes).length > 0 ? ` ${Deno.inspect(attributes)}` : "";
      lines.push(`${"  ".repeat(depth + 1)}${JSON.stringify(name)}${error}${details}`);
      list(spans.filter(({ parentSpanId }) => parentSpanId === spanId), depth + 1);
    }
  };
  list(spans.filter(({ parentSpanId = "" }) => !ids.has(parentSpanId)), 0);
  return `\n${lines.join("\n")}`;
}

/**
 * Spans that started, as lines: what is kept of a start while it lasts, since what has not ended is
 * in no run file. They are the lines of the channel, as they came.
 *
 * @module
 */
import type { RecordResource, SpanRecord } from "../trace/record.ts";
import { LineReader } from "./_line_reader.ts";
import {
  countOf,
  decodeMessage,
  objectOf,
  resourceFromWire,
  spanFromWire,
  UP_LIMIT,
} from "./_message.ts";

export { encodeStarted } from "./_message.ts";

/**
 * The spans that such lines tell of, open ones all. Lines that make no sense are passed over, as is
 * one that a crash has cut off.
 */
export function spansStarted(lines: Uint8Array): SpanRecord[] {
  const resources = new Map<number, RecordResource>();
  const spans: SpanRecord[] = [];
  const take = (line: Uint8Array) => {
    try {
      const { coldtrace, pid: number, resource, span } = objectOf(decodeMessage(line));
      const pid = countOf(number);
      if (coldtrace === "hello") resources.set(pid, resourceFromWire(resource));
      if (coldtrace !== "start") return;
      const known = resources.get(pid) ?? { attributes: { "process.pid": pid } };
      spans.push(spanFromWire(span, known));
    } catch {
      // Not a line of ours.
    }
  };
  const reader = new LineReader(UP_LIMIT, { line: take, rest: () => {}, skipped: () => {} });
  reader.push(lines);
  return spans;
}

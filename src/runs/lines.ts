/**
 * Spans as a run file holds them.
 *
 * @module
 */
import { encodeTraces } from "../otlp/encode.ts";
import type { SpanRecord } from "../trace/record.ts";

/** How many spans a line has at most, so that no reader has to hold a large run as one text. */
const SPANS_A_LINE = 1000;

/**
 * Writes spans as OTLP/JSON lines, in the Collector's form, as `readRun` reads them.
 *
 * @param records spans; those of one process may come to stand together.
 * @returns the lines, each ended by a newline.
 */
export function runLines(records: readonly SpanRecord[]): string[] {
  const count = Math.ceil(records.length / SPANS_A_LINE);
  return Array.from({ length: count }, (_, i) => {
    const part = records.slice(i * SPANS_A_LINE, (i + 1) * SPANS_A_LINE);
    return `${encodeTraces(part)}\n`;
  });
}

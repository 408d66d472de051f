/**
 * Questions that spans answer, or else their ancestors.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";

/** Spans by their ids. */
export type ById = Pick<ReadonlyMap<string, SpanRecord>, "get">;

/**
 * Asks spans and their ancestors a question, and remembers the answers, so that a long line
 * of ancestors is walked once.
 *
 * @param byId the spans that can be ancestors.
 * @param answer what one span says; `undefined` asks its parent.
 * @param otherwise the answer where nobody has one.
 * @returns a function from a span to the answer of its nearest ancestor-or-self that has one.
 */
export function askUpwards<T>(
  byId: ById,
  answer: (span: SpanRecord) => T | undefined,
  otherwise: T,
): (span: SpanRecord) => T {
  const answers = new Map<string, T>();
  return (span) => {
    const asked: string[] = [];
    let found: T | undefined;
    for (let at: SpanRecord | undefined = span; at !== undefined;) {
      found = answers.get(at.spanId) ?? answer(at);
      if (found !== undefined) break;
      // Until it is known better: whoever comes round to it again is in a cycle.
      answers.set(at.spanId, otherwise);
      asked.push(at.spanId);
      at = byId.get(at.parentSpanId ?? "");
    }
    for (const id of asked) answers.set(id, found ?? otherwise);
    return found ?? otherwise;
  };
}

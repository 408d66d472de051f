import type { SpanRecord } from "../../src/trace/record.ts";
import { span } from "./_spans.ts";

/** Orphans, cycles, repeated ids, containers, open, empty and outlying spans. */
export function randomForest(
  below: (n: number) => number,
  size: number,
  length: number,
  longest: number,
): SpanRecord[] {
  const spans: SpanRecord[] = [];
  const taken = new Set<string>();
  for (let i = 0; i < size; i++) {
    const id = `s${below(20) === 0 ? below(size) : i}`;
    const start = below(length * 3 / 2) - Math.floor(length / 4);
    const isOpen = below(10) === 0;
    // Two records of one id that neither rule tells apart are another test's.
    const key = `${id} ${isOpen} ${start}`;
    if (taken.has(key)) continue;
    taken.add(key);
    spans.push(span({
      id,
      start,
      ...(!isOpen && { end: start + below(longest + 3) - 2 }),
      ...(below(3) > 0 && { parent: `s${below(size + 2)}` }),
      container: below(4) === 0,
    }));
  }
  return spans;
}

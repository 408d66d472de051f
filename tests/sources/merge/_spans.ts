import type { EndedSpan } from "../../../src/sources/merge/fold.ts";
import type { Source, WitnessSpan } from "../../../src/sources/witness.ts";

/** A span from one moment to another. */
export function span(
  source: Source,
  name: string,
  [start, end]: [number, number],
  more: Partial<WitnessSpan> = {},
): EndedSpan {
  return { source, name, kind: "work", ...more, start: BigInt(start), end: BigInt(end) };
}

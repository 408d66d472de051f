/**
 * What a start consists of.
 *
 * @module
 */
import { processOf } from "./rows.ts";
import type { Start } from "./start.ts";

/** Numbers of what there is. */
export interface Census {
  /** How many spans, the root included. */
  readonly spans: number;
  /** How many processes they came from. */
  readonly processes: number;
  /** How many came from each source (`coldtrace.source`, else `tracer`), most first. */
  readonly sources: ReadonlyMap<string, number>;
}

/**
 * Counts what a start consists of.
 *
 * @param start its facts.
 * @returns the numbers.
 */
export function censusOf({ root, spans }: Start): Census {
  const all = root ? [root, ...spans] : spans;
  const sources = new Map<string, number>();
  for (const { attributes: { "coldtrace.source": source = "tracer" } } of all) {
    const name = String(source);
    sources.set(name, (sources.get(name) ?? 0) + 1);
  }
  const processes = new Set(
    all.map((span) => `${processOf(span)} ${span.resource.attributes["process.pid"] ?? ""}`),
  );
  return {
    spans: all.length,
    processes: processes.size,
    sources: new Map([...sources].sort(([, a], [, b]) => b - a)),
  };
}

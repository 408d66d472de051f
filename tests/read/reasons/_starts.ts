import { decodeTraces } from "../../../src/otlp/json.ts";
import { readStart, type Start } from "../../../src/read/start.ts";
import type { RecordAttributes, RecordEvent } from "../../../src/trace/record.ts";
import { LAUNCH, type Sketch, span } from "../_spans.ts";

/** The recorded starts of vLLM among the test data that are compressed. */
export type Recorded = "cold" | "cpu-limit" | "out-of-memory" | "tp2" | "hub-down" | "kept";

/** Reads a recorded start of vLLM. */
export async function recorded(name: Recorded): Promise<Start> {
  const text = await recordedText(name);
  return readStart(text.trimEnd().split("\n").flatMap((line) => decodeTraces(line)));
}

/** The lines of a recorded start of vLLM. */
export async function recordedText(name: Recorded): Promise<string> {
  const url = new URL(`../../testdata/starts/vllm-${name}.otlp.jsonl.gz`, import.meta.url);
  const file = await Deno.open(url);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).text();
}

/** What a test says of a start; times are in milliseconds from its launch. */
export interface StartSketch {
  /** When it was ready; absent: it died at `end`. */
  ready?: number;
  /** When its root ended. */
  end?: number;
  firstToken?: number;
  engine?: string;
  attributes?: RecordAttributes;
  /** What it wrote, by time. */
  log?: Record<number, string>;
  spans?: Sketch[];
}

/** A start of a sketch. */
export function sketched(sketch: StartSketch): Start {
  const { ready, end = ready ?? 0, firstToken, engine = "vLLM", attributes, spans = [] } = sketch;
  const root = span({
    id: "root",
    name: "start",
    start: 0,
    end: end * 1e6,
    container: true,
    attributes: { "coldtrace.engine": engine, ...attributes },
    events: {
      ...(ready !== undefined && { ready: ready * 1e6 }),
      ...(firstToken !== undefined && { first_token: firstToken * 1e6 }),
    },
  });
  const lines = Object.entries(sketch.log ?? {}).map(([ms, text]): RecordEvent => ({
    name: "log",
    timeUnixNano: LAUNCH + BigInt(Math.round(Number(ms) * 1e6)),
    attributes: { "log.iostream": "stdout", "log.body": text },
  }));
  const inNanoseconds = spans.map((one) => ({
    parent: "root",
    ...one,
    start: one.start * 1e6,
    ...(one.end !== undefined && { end: one.end * 1e6 }),
  }));
  return readStart([
    { ...root, events: [...root.events ?? [], ...lines] },
    ...inNanoseconds.map((one) => span(one)),
  ]);
}

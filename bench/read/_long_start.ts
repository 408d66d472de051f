import { decodeTraces, encodeTraces } from "../../src/otlp/json.ts";
import type { RecordAttributes, SpanRecord } from "../../src/trace/record.ts";

const RECORDED = new URL("../../tests/testdata/starts/vllm.otlp.jsonl", import.meta.url);
const SECOND = 1_000_000_000n;
const PACKAGES = ["torch", "transformers", "vllm", "sympy", "openai", "fastapi", "numpy", "triton"];
/** How many imports the probe tells of a process of vLLM's. */
const IMPORTS = 700;

/**
 * A start of so many spans: the recorded one of vLLM again and again, a tenth of a second after the
 * one before, so that about a hundred run side by side as the ranks of a large engine do. Each has
 * a process of its own, which begins with nested imports as the probe tells them.
 */
export function longStart(count: number): SpanRecord[] {
  const lines = Deno.readTextFileSync(RECORDED).trimEnd().split("\n");
  const recorded = lines.flatMap((line) => decodeTraces(line));
  const first = recorded.reduce(
    (least, { startTimeUnixNano: time }) => time < least ? time : least,
    recorded[0]?.startTimeUnixNano ?? 0n,
  );
  const traceId = "5b8efff798038103d269b633813fc60c";
  const records: SpanRecord[] = [];
  let end = first;
  for (let rank = 0; records.length < count - 1; rank++) {
    const shift = BigInt(rank) * SECOND / 10n;
    const id = (i: number) => (rank * 10_000 + i + 1).toString(16).padStart(16, "0");
    const process = id(0);
    const attributes = { "service.name": "vllm", "process.pid": 1000 + rank };
    const common = {
      traceId,
      flags: 1,
      kind: 1,
      status: { code: 0 },
      resource: { attributes: { ...attributes, "coldtrace.process": `Worker ${rank}` } },
      scope: { name: "coldtrace.probe", version: "0.1.0" },
    };
    const imports = nested(IMPORTS, first + shift, 6n * SECOND);
    const ids = new Map(recorded.map(({ spanId }, i) => [spanId, id(1 + IMPORTS + i)]));
    const moved = recorded.map((span): SpanRecord => ({
      ...span,
      ...common,
      spanId: ids.get(span.spanId) ?? process,
      parentSpanId: ids.get(span.parentSpanId ?? "") ?? process,
      startTimeUnixNano: span.startTimeUnixNano + shift + 6n * SECOND,
      endTimeUnixNano: (span.endTimeUnixNano ?? span.startTimeUnixNano) + shift + 6n * SECOND,
    }));
    const last = moved.reduce(
      (last, { endTimeUnixNano: time = 0n }) => time > last ? time : last,
      0n,
    );
    end = last > end ? last : end;
    records.push(
      {
        ...common,
        spanId: process,
        parentSpanId: "f".repeat(16),
        name: `process Worker ${rank}`,
        startTimeUnixNano: first + shift,
        endTimeUnixNano: last,
        attributes: { "coldtrace.container": true, "coldtrace.source": "process" },
      },
      ...imports.map(({ parent, name, start, end, attributes }, i): SpanRecord => ({
        ...common,
        spanId: id(1 + i),
        parentSpanId: parent < 0 ? process : id(1 + parent),
        name,
        startTimeUnixNano: start,
        endTimeUnixNano: end,
        attributes,
      })),
      ...moved,
    );
  }
  records.length = count - 1;
  records.push({
    traceId,
    spanId: "f".repeat(16),
    flags: 1,
    name: "start",
    kind: 1,
    startTimeUnixNano: first,
    endTimeUnixNano: end,
    attributes: { "coldtrace.engine": "vLLM" },
    events: [{ name: "ready", timeUnixNano: end }],
    status: { code: 0 },
    resource: { attributes: { "service.name": "coldtrace" } },
    scope: { name: "coldtrace", version: "0.1.0" },
  });
  return records;
}

interface Import {
  readonly parent: number;
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: RecordAttributes;
}

/** Imports under each other, four at a time, in the order in which they begin. */
function nested(count: number, start: bigint, length: bigint): Import[] {
  const found: Import[] = [];
  const take = (parent: number, from: bigint, to: bigint, budget: number) => {
    const here = found.length;
    const module = `${PACKAGES[here % PACKAGES.length]}.part_${here}.module`;
    found.push({
      parent,
      name: `import ${module}`,
      start: from,
      end: to,
      attributes: {
        "coldtrace.import.module": module,
        "thread.id": 12485,
        "coldtrace.cpu_time_ms": 12.345 + here,
        "coldtrace.page_faults.minor": 100 + here,
        "coldtrace.page_faults.major": 0,
        "coldtrace.bytes_read": 4096 * here,
        "coldtrace.source": "probe",
        "coldtrace.phase": "import",
      },
    });
    const each = Math.floor((budget - 1) / 4);
    const step = (to - from) / 5n;
    for (let i = 0; i < 4; i++) {
      const own = i === 0 ? budget - 1 - 3 * each : each;
      const begin = from + step * BigInt(i) + 1n;
      if (own > 0) take(here, begin, begin + step, own);
    }
  };
  take(-1, start, start + length, count);
  return found;
}

/** Writes it as `run` stores one: all in one line, then the root. */
export function writeLongStart(path: string, count: number): void {
  const records = longStart(count);
  const lines = [records.slice(0, -1), records.slice(-1)].map((line) => `${encodeTraces(line)}\n`);
  Deno.writeTextFileSync(path, lines.join(""));
}

import { encodeTraces } from "../../src/otlp/json.ts";
import { processResource, random, span } from "../read/_spans.ts";

const ROOT = "a000000000000000";
const PROCESSES = ["APIServer", "EngineCore", "Worker_TP0", "Worker_TP1"];
const PHASES = ["import", "gc", "weights", "compile", "kv_cache", "warmup"];
const MS = 1e6;
const END = 90_000 * MS;

/**
 * A start of that many spans, of which few are long and many are shorter than a pixel, with what
 * the probe tells of imports and lines of a log, as OTLP/JSON lines. The same each time.
 */
export function manySpans(count: number): string {
  const next = random(7);
  const id = (i: number) => (i + 1).toString(16).padStart(16, "0");
  const log = Array.from({ length: 200 }, (_, i) => ({
    name: "log",
    timeUnixNano: span({ id: ROOT, start: i * 400 * MS }).startTimeUnixNano,
    attributes: {
      "log.iostream": "stderr",
      "log.body": `(EngineCore pid=4711) INFO 11-28 12:45:08 [utils.py:347] Line ${i} of the log.`,
    },
  }));
  const root = span({
    id: ROOT,
    start: 0,
    end: END,
    name: "start",
    container: true,
    attributes: { "coldtrace.engine": "vLLM" },
    events: { ready: END - 3_000 * MS, first_token: END - 2_000 * MS },
  });
  const processes = PROCESSES.map((name, i) =>
    span({
      id: `f${id(i).slice(1)}`,
      parent: ROOT,
      name: `process ${name}`,
      start: i * 10_000 * MS,
      end: END,
      container: true,
      resource: processResource(name),
    })
  );
  const spans = Array.from({ length: count - 1 - processes.length }, (_, i) => {
    const process = i % processes.length;
    const from = process * 10_000;
    const start = (from + next(80_000 - from)) * MS;
    const length = [4_000, 90, 90, 4, 4, 4, 4, 4, 4, 4][next(10)] ?? 4;
    const module = `package_${i % 97}.module_${i}`;
    return span({
      id: id(i),
      parent: i > 100 && next(2) === 0 ? id(i - 4) : `f${id(process).slice(1)}`,
      name: `import ${module}`,
      start,
      end: start + next(length * MS) + 1_000,
      phase: PHASES[i % PHASES.length] ?? "",
      resource: processResource(PROCESSES[process] ?? ""),
      attributes: {
        "coldtrace.source": "probe",
        "coldtrace.import.module": module,
        "coldtrace.cpu_time_ms": next(9_000_000) / 1e3,
        "coldtrace.page_faults.minor": next(20_000),
        "coldtrace.page_faults.major": 0,
        "coldtrace.bytes_read": next(10_000_000),
      },
    });
  });
  const events = [...root.events ?? [], ...log];
  return [[{ ...root, events }], processes, spans].map(encodeTraces).join("\n") + "\n";
}

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { rows } from "../../src/read/rows.ts";
import { readStart } from "../../src/read/start.ts";
import { merge, type MergeOptions } from "../../src/sources/merge.ts";
import type { Kind, Source, Testimony, WitnessSpan } from "../../src/sources/witness.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

/** Launch, so that times in the tests are milliseconds from there. */
const LAUNCH = 1_800_000_000_000_000_000n;
const PID = 100;

function at(ms: number): bigint {
  return LAUNCH + BigInt(Math.round(ms * 1e6));
}

function ms(time: bigint | undefined): number {
  return Number((time ?? 0n) - LAUNCH) / 1e6;
}

function root(end: number): SpanRecord {
  return {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    flags: 0x101,
    name: "start",
    kind: 1,
    startTimeUnixNano: LAUNCH,
    endTimeUnixNano: at(end),
    attributes: { "coldtrace.container": true, "coldtrace.engine": "an engine" },
    events: [{ name: "ready", timeUnixNano: at(end) }],
    status: { code: 0 },
    resource: { attributes: {} },
    scope: { name: "coldtrace.start" },
  };
}

function options(end: number, more: Partial<MergeOptions> = {}): MergeOptions {
  let ids = 0;
  return {
    root: root(end),
    pid: PID,
    name: "api",
    end: at(end),
    resource: { "service.name": "engine" },
    version: "1.0.0",
    newId: () => `f${(++ids).toString(16).padStart(15, "0")}`,
    ...more,
  };
}

/** A span from one millisecond to another; `end` absent: open. */
function span(
  source: Source,
  name: string,
  [start, end]: [number, number?],
  more: Partial<WitnessSpan> = {},
): WitnessSpan {
  return {
    source,
    name,
    pid: PID,
    kind: "work",
    start: at(start),
    ...(end !== undefined && { end: at(end) }),
    ...more,
  };
}

function told(...spans: WitnessSpan[]): Testimony {
  return { processes: [], spans };
}

/** `NAME < PARENT` of each record, in the order in which they are given. */
function family(records: readonly SpanRecord[]): string[] {
  const names = new Map(records.map(({ spanId, name }) => [spanId, name]));
  return records.map(({ name, parentSpanId }) =>
    `${name} < ${names.get(parentSpanId ?? "") ?? "root"}`
  );
}

function named(records: readonly SpanRecord[], name: string): SpanRecord {
  const found = records.filter((record) => record.name === name);
  assertEquals(found.length, 1, `one '${name}' among ${family(records).join(", ")}`);
  return found[0] as SpanRecord;
}

/** The table: `PROCESS PHASE` and what it took, in milliseconds. */
function tableOf(records: readonly SpanRecord[], end: number): Record<string, number> {
  const table = rows(readStart([root(end), ...records]));
  return Object.fromEntries(table.map(({ process = "", phase, name, attributed, ns }) => [
    `${process} ${attributed ? phase : name}`.trim(),
    Number(ns) / 1e6,
  ]));
}

Deno.test("merge() puts spans of a process under each other by time", () => {
  const records = merge([
    told(
      span("probe", "outer", [10, 50]),
      span("probe", "inner", [20, 30]),
      span("probe", "after", [50, 60]),
      span("probe", "inner's own", [22, 28]),
    ),
  ], options(100));
  assertEquals(family(records), [
    "process api < root",
    "outer < process api",
    "inner < outer",
    "inner's own < inner",
    "after < process api",
  ]);
});

Deno.test("merge() tells what a process used on its span, from where that begins", () => {
  const samples = [20, 60, 90].map((time, i) => ({ time: at(time), cpu: 10 * i, rss: 4096 * i }));
  const system = { pid: 7, parent: PID, name: "python3", born: at(18), samples };
  const own = { pid: PID, born: at(-5), samples: samples.slice(1) };
  // The probe knows better when it was born, and nothing of what it uses.
  const probe = { pid: 7, name: "EngineCore", born: at(15), samples: undefined };
  const records = merge([
    { processes: [probe], spans: [] },
    { processes: [own, system], spans: [] },
  ], options(100));
  const core = named(records, "process EngineCore");
  assertEquals(ms(core.startTimeUnixNano), 15);
  assertEquals(core.attributes, {
    "coldtrace.container": true,
    "coldtrace.source": "process",
    "process.pid": 7,
    "coldtrace.process.samples.time_ms": [5, 45, 75],
    "coldtrace.process.samples.cpu_time_ms": [0, 10, 20],
    "coldtrace.process.samples.rss": [0, 4096, 8192],
  });
  // Two show no course.
  assertEquals(Object.keys(named(records, "process api").attributes).length, 3);
});

Deno.test("merge() keeps threads apart", () => {
  const records = merge([
    told(
      span("probe", "main", [10, 50], { thread: PID }),
      span("probe", "other", [20, 30], { thread: 7 }),
      span("probe", "in other", [22, 28], { thread: 7 }),
      span("otlp", "from nobody's thread", [40, 45]),
    ),
  ], options(100));
  assertEquals(family(records).slice(1), [
    "main < process api",
    "other < process api",
    "in other < other",
    "from nobody's thread < main",
  ]);
});

Deno.test("merge() puts a process under what its parent did when it was born", () => {
  const records = merge([{
    processes: [
      { pid: 200, parent: PID, name: "core", born: at(22), arrived: at(40) },
      { pid: 300, parent: 200, name: "worker", born: at(61), exiting: at(90), died: at(95) },
    ],
    spans: [
      span("probe", "spawn", [21, 25]),
      span("probe", "wait", [25, 99], { kind: "wait" }),
      span("probe", "start worker", [60, 98], { pid: 200 }),
      span("probe", "load", [70, 80], { pid: 300, phase: "weights" }),
    ],
  }], options(100));
  assertEquals(family(records), [
    "process api < root",
    "spawn < process api",
    "wait < process api",
    // Born in the 10 ms from 22, in which the parent went from spawning to waiting.
    "process core < wait",
    "process start < process core",
    "start worker < process core",
    "process worker < start worker",
    "process exit < process worker",
    "load < process worker",
  ]);
  const worker = named(records, "process worker");
  assertEquals([ms(worker.startTimeUnixNano), ms(worker.endTimeUnixNano)], [61, 95]);
  assertEquals(worker.attributes["coldtrace.container"], true);
  assertEquals(named(records, "load").resource.attributes, {
    "service.name": "engine",
    "process.pid": 300,
    "coldtrace.process": "worker",
  });
});

Deno.test("merge() has what two witnesses tell stand once, the probe before the exporter", () => {
  const where = "vllm.v1.engine.core:EngineCore.load";
  const ids = { traceId: "a".repeat(32), spanId: "c".repeat(16) };
  const records = merge([
    told(span("otlp", "Load", [11, 19], { where, ids, attributes: { rank: 0 } })),
    told(span("probe", "load model", [10, 20], { where, phase: "weights" })),
  ], options(100));
  assertEquals(family(records), ["process api < root", "load model < process api"]);
  const load = named(records, "load model");
  assertEquals(load.spanId, ids.spanId);
  assertEquals(load.attributes, {
    "code.function.name": "vllm.v1.engine.core.EngineCore.load",
    rank: 0,
    "coldtrace.source": "probe",
    "coldtrace.phase": "weights",
  });
  assertEquals(load.events?.map(({ name, timeUnixNano }) => [name, ms(timeUnixNano)]), [
    ["Load begins", 11],
    ["Load ends", 19],
  ]);
});

Deno.test("merge() keeps calls of one function apart that do not overlap", () => {
  const where = "module:function";
  const records = merge([
    told(
      span("probe", "first", [10, 20], { where }),
      span("otlp", "second", [30, 40], { where }),
      span("probe", "third", [50, 60], { where }),
    ),
  ], options(100));
  assertEquals(family(records).length, 4);
});

Deno.test("merge() drops what the log says of a phase that others have seen", () => {
  const seen = span("otlp", "Load model", [10, 20], { phase: "weights" });
  const line = span("log", "weights", [12, 21], { phase: "weights" });
  const other = span("log", "compile", [40, 60], { phase: "compile" });
  const records = merge([told(seen), told(line, other)], options(100));
  assertEquals(family(records).slice(1), ["Load model < process api", "compile < process api"]);
  assertEquals(
    named(records, "Load model").events?.map(({ attributes }) => attributes),
    [{ "coldtrace.source": "log" }, { "coldtrace.source": "log" }],
  );
  const [short] = [span("otlp", "Load model", [12, 13], { phase: "weights" })];
  const both = merge([told(short as WitnessSpan), told(line)], options(100));
  assertEquals(family(both).slice(1), ["weights < process api", "Load model < weights"]);
});

Deno.test("merge() drops what the log says of what a function was seen to do", () => {
  const line = span("log", "Warmup", [11, 39], { phase: "warmup" });
  const works = span("probe", "warmup cpu", [10, 40], { phase: "compile" });
  const seen = merge([told(works), told(line)], options(100));
  assertEquals(family(seen).slice(1), ["warmup cpu < process api"]);
  // Who only waits does not know what for.
  const waits = span("probe", "wait", [10, 40], { phase: "engine", kind: "wait" });
  const unseen = merge([told(waits), told(line)], options(100));
  assertEquals(family(unseen).slice(1), ["wait < process api", "Warmup < wait"]);
});

Deno.test("merge() lets spans explain nothing that wait, or collect garbage meanwhile", () => {
  const records = merge([
    told(
      span("probe", "wait", [10, 50], { kind: "wait" }),
      span("probe", "gc", [20, 25], { phase: "gc" }),
      span("probe", "work", [50, 60]),
      span("probe", "gc at work", [52, 55], { phase: "gc" }),
    ),
  ], options(60));
  const containers = records.filter(({ attributes }) => attributes["coldtrace.container"]);
  assertEquals(containers.map(({ name }) => name), ["process api", "wait", "gc"]);
});

Deno.test("merge() mends a span that began in 1970", () => {
  const dynamo = {
    ...span("otlp", "Dynamo bytecode transform", [0, 50]),
    start: 2_300_000_000n,
    attributes: { "dynamo.time_seconds": 0.02 },
  };
  const unknown = { ...span("otlp", "of unknown length", [0, 60]), start: 5n };
  const records = merge([told(dynamo, unknown)], options(100));
  const mended = named(records, "Dynamo bytecode transform");
  assertEquals([ms(mended.startTimeUnixNano), ms(mended.endTimeUnixNano)], [30, 50]);
  assertEquals(mended.attributes["coldtrace.repaired"], true);
  assertEquals(ms(named(records, "of unknown length").startTimeUnixNano), 60);
});

Deno.test("merge() keeps ids, and links to the trace that a span was made in", () => {
  const foreign = { traceId: "d".repeat(32), spanId: "e".repeat(16), parentId: "f".repeat(16) };
  const again = { traceId: "a".repeat(32), spanId: "e".repeat(16) };
  const records = merge([
    told(
      span("otlp", "foreign", [10, 20], { ids: foreign }),
      span("otlp", "same id", [30, 40], { ids: again }),
    ),
  ], options(100));
  const [, first, second] = records;
  assertEquals(first?.traceId, "a".repeat(32));
  assertEquals(first?.spanId, foreign.spanId);
  assertEquals(first?.links, [{ traceId: foreign.traceId, spanId: foreign.spanId }]);
  assert(second?.spanId !== first?.spanId);
  assertEquals(second?.links, undefined);
});

Deno.test("merge() finds the parent of a process by the spans that it has from there", () => {
  const trace = { traceId: "a".repeat(32) };
  const up = { ...trace, spanId: "1".repeat(16) };
  const down = { ...trace, spanId: "2".repeat(16), parentId: "1".repeat(16) };
  const orphan = { ...trace, spanId: "3".repeat(16), parentId: "9".repeat(16) };
  const records = merge([
    told(
      span("otlp", "init", [10, 90], { pid: 200, ids: up, kind: "container" }),
      span("otlp", "load", [30, 40], { pid: 300, ids: down }),
      span("otlp", "alone", [50, 60], { pid: 400, ids: orphan }),
    ),
  ], options(100));
  assertEquals(family(records), [
    "process api < root",
    "process process 200 < process api",
    "init < process process 200",
    "process process 400 < process api",
    "alone < process process 400",
    "process process 300 < init",
    "load < process process 300",
  ]);
});

Deno.test("merge() takes no process for the parent of one that makes the same ids", () => {
  const trace = { traceId: "a".repeat(32) };
  const outer = { ...trace, spanId: "1".repeat(16) };
  const inner = { ...trace, spanId: "2".repeat(16), parentId: "1".repeat(16) };
  const worker = (pid: number) => [
    span("otlp", "init", [10, 90], { pid, ids: outer }),
    span("otlp", "load", [30, 40], { pid, ids: inner }),
  ];
  const records = merge([told(...worker(200), ...worker(300))], options(100));
  assertEquals(family(records).filter((line) => line.startsWith("process")), [
    "process api < root",
    "process process 200 < process api",
    "process process 300 < process api",
  ]);
});

Deno.test("merge() names processes apart, and hangs what goes in circles under the engine", () => {
  const records = merge([{
    processes: [
      { pid: 200, parent: 300, name: "worker", born: at(10) },
      { pid: 300, parent: 200, name: "worker", born: at(20) },
      { pid: 400, parent: 400, name: "worker", born: at(30) },
    ],
    spans: [],
  }], options(100));
  const names = records.map(({ name }) => name).sort();
  assertEquals(names, ["process api", "process worker", "process worker 2", "process worker 3"]);
});

Deno.test("merge() closes what is open when its process or the engine has died", () => {
  const died = merge([{
    processes: [{ pid: 200, parent: PID, name: "core", born: at(10), died: at(60) }],
    spans: [
      span("probe", "wait", [9], { kind: "wait" }),
      span("probe", "load", [20], { pid: 200, phase: "weights" }),
    ],
  }], options(100, { died: "was ended by SIGKILL" }));
  const load = named(died, "load");
  assertEquals(ms(load.endTimeUnixNano), 60);
  assertEquals(load.attributes["coldtrace.open"], true);
  assertEquals(load.status, { code: 2, message: "was ended by SIGKILL" });
  assertEquals(ms(named(died, "wait").endTimeUnixNano), 100);
  assertEquals(named(died, "process api").status.code, 2);

  const ready = merge([told(span("probe", "serve", [20], { kind: "wait" }))], options(100));
  assertEquals(named(ready, "serve").status, { code: 0 });
  assertEquals(ms(named(ready, "serve").endTimeUnixNano), 100);
});

Deno.test("merge() makes rows of several ranks that add up", () => {
  const rank = (pid: number, [start, end]: [number, number]) =>
    span("otlp", "Load model", [start, end], { pid, phase: "weights" });
  const records = merge([{
    processes: [
      { pid: 200, parent: PID, name: "Worker_TP0", born: at(10) },
      { pid: 201, parent: PID, name: "Worker_TP1", born: at(10) },
    ],
    spans: [
      span("probe", "import", [0, 10], { phase: "import" }),
      span("probe", "wait", [10, 90], { kind: "wait" }),
      rank(200, [20, 60]),
      rank(201, [25, 80]),
    ],
  }], options(100));
  assertEquals(tableOf(records, 100), {
    "api import": 10,
    "unattributed in process Worker_TP0": 30,
    "Worker_TP0 weights": 5,
    "Worker_TP1 weights": 55,
  });
});

/** Anything that witnesses might say. */
function testimonies(): fc.Arbitrary<Testimony[]> {
  const pid = fc.integer({ min: PID, max: PID + 4 });
  const time = fc.integer({ min: -50, max: 200 }).map(at);
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const id = fc.integer({ min: 1, max: 20 }).map((n) => n.toString(16).padStart(16, "0"));
  const source: fc.Arbitrary<Source> = fc.constantFrom("probe", "otlp", "log", "process");
  const kind: fc.Arbitrary<Kind> = fc.constantFrom("work", "tool", "wait", "container");
  const ids = fc.record({
    traceId: fc.constantFrom("a".repeat(32), "c".repeat(32)),
    spanId: id,
    parentId: id,
  });
  const one = fc.record({
    source,
    kind,
    pid: optional(pid),
    thread: optional(fc.integer({ min: PID, max: PID + 2 })),
    name: fc.constantFrom("a", "b", "c"),
    phase: optional(fc.constantFrom("import", "weights", "gc")),
    start: fc.oneof(time, fc.constant(1n)),
    end: optional(time),
    where: optional(fc.constantFrom("m:f", "m:g")),
    ids: optional(ids),
    error: optional(fc.constant("failed")),
  });
  const process = fc.record({
    pid,
    parent: optional(pid),
    name: optional(fc.constantFrom("core", "worker")),
    born: optional(time),
    arrived: optional(time),
    exiting: optional(time),
    died: optional(time),
  });
  const testimony = fc.record({ processes: fc.array(process), spans: fc.array(one) });
  // What is undefined here is absent in what a witness tells.
  return fc.array(testimony, { maxLength: 3 }) as unknown as fc.Arbitrary<Testimony[]>;
}

Deno.test("merge() makes one tree whose rows add up, whatever it is told", () => {
  fc.assert(fc.property(testimonies(), fc.boolean(), (all, isDead) => {
    const records = merge(all, options(100, isDead ? { died: "exited with code 1" } : {}));
    const seen = new Set([root(100).spanId]);
    for (const { spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of records) {
      assert(seen.has(parentSpanId ?? ""), "a parent comes before its children");
      assert(!seen.has(spanId), "an id is there once");
      assert(endTimeUnixNano !== undefined && endTimeUnixNano >= startTimeUnixNano);
      seen.add(spanId);
    }
    const sum = Object.values(tableOf(records, 100)).reduce((total, ns) => total + ns, 0);
    assertEquals(Math.round(sum * 1e6), 100e6);
  }));
});

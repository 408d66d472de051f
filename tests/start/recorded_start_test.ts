import { assert, assertEquals } from "@std/assert";
import { rows } from "../../src/read/rows.ts";
import { readStart } from "../../src/read/start.ts";
import type { ProbeStart } from "../../src/sources/python_probe.ts";
import type { WitnessSpan } from "../../src/sources/witness.ts";
import { type RecordedStartOptions, traceRecorded } from "../../src/start/recorded_start.ts";
import { MemoryRun } from "./_memory_run.ts";

/** When the topmost process was born; times of the tests are milliseconds from there. */
const BORN = 1_800_000_000_000_000_000n;
const PID = 100;

function at(ms: number): bigint {
  return BORN + BigInt(ms) * 1_000_000n;
}

function span(name: string, start: number, end?: number, pid = PID): WitnessSpan {
  return {
    source: "probe",
    pid,
    name,
    phase: "import",
    kind: "work",
    start: at(start),
    ...(end !== undefined && { end: at(end) }),
  };
}

/** A start as the probe recorded it. */
function recorded(more: Partial<ProbeStart> = {}): ProbeStart {
  return {
    dir: "/nowhere",
    pid: PID,
    born: at(0),
    testimony: {
      processes: [
        { pid: PID, name: "api", born: at(0), arrived: at(5) },
        { pid: 200, parent: PID, name: "core", born: at(40), arrived: at(45) },
      ],
      spans: [
        span("import torch", 10, 30),
        span("import vllm", 50, 90, 200),
        span("late", 120, 130),
      ],
      missing: ["Functions that were not called: graphs"],
    },
    ...more,
  };
}

/** How to store it in a run. */
function into(run: MemoryRun): RecordedStartOptions {
  return {
    engine: "an engine",
    service: "engine",
    attributes: { "coldtrace.engine.model": "M" },
    openRuns: () => ({ id: "run-1", writers: [run.writer] }),
  };
}

Deno.test("traceRecorded() makes a start from the birth of its process to ready", async () => {
  const run = new MemoryRun();
  const records = await traceRecorded(recorded({ ready: at(100) }), into(run));
  assertEquals(run.records.length, records.length);
  assert(run.isClosed);
  const start = readStart(run.records);
  assertEquals([start.engine, start.run, start.ready], ["an engine", "run-1", true]);
  assertEquals([start.launch, start.end, start.root?.endTimeUnixNano], [at(0), at(100), at(100)]);
  assertEquals(start.missing, ["Functions that were not called: graphs"]);
  assertEquals(start.root?.attributes["coldtrace.engine.model"], "M");
  assertEquals(start.root?.status.code, 0);
  // What began later is no part of it.
  assertEquals(records.map(({ name }) => name), [
    "process api",
    "process start",
    "import torch",
    "process core",
    "process start",
    "import vllm",
    "start",
  ]);
  assertEquals(rows(start).reduce((sum, { ns }) => sum + ns, 0n), start.end - start.launch);
  const services = new Set(
    start.spans.map(({ resource }) => resource.attributes["service.name"]),
  );
  assertEquals([...services], ["engine"]);
});

Deno.test("traceRecorded() ends a start that was not seen ready with the last that was told", async () => {
  const run = new MemoryRun();
  const start = readStart(await traceRecorded(recorded(), into(run)));
  assertEquals([start.ready, start.end], [false, at(130)]);
  assertEquals(start.ended, {
    reason: "not-seen-ready",
    message: "It was not seen to become ready",
  });
});

Deno.test("traceRecorded() names what was open when the records break off", async () => {
  const testimony = {
    processes: [{ pid: PID, name: "api", born: at(0), arrived: at(5), exiting: at(150) }],
    spans: [span("import torch", 10), span("import numpy", 20)],
  };
  const start = readStart(await traceRecorded(recorded({ testimony }), into(new MemoryRun())));
  assertEquals(start.open, ["import torch", "import numpy"]);
  assertEquals(start.end, at(150));
});

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { reasonsOf } from "../../../src/read/reasons/reasons.ts";
import { readStart } from "../../../src/read/start.ts";
import { stored } from "../../show/_starts.ts";
import { processResource, span } from "../_spans.ts";
import { type Recorded, recorded, sketched } from "./_starts.ts";

const FOUND: Readonly<Record<Recorded, readonly string[]>> = {
  "cold": [
    "imports",
    "compilation",
    "cpu-pressure",
    "compile-cache",
    "model-inspection",
    "garbage-collection",
  ],
  "cpu-limit": ["imports", "cpu-limit", "garbage-collection"],
  "out-of-memory": ["out-of-memory", "imports", "cpu-pressure", "garbage-collection"],
  "tp2": ["imports", "first-request", "cpu-pressure", "garbage-collection"],
  "kept": ["imports", "compilation", "garbage-collection", "compile-cache", "cpu-pressure"],
  "hub-down": ["died", "retries", "imports", "cpu-pressure", "garbage-collection"],
};

for (const [name, ids] of Object.entries(FOUND)) {
  Deno.test(`reasonsOf() finds what the recorded start ${name} shows, the most time first`, async () => {
    const start = await recorded(name as Recorded);
    const reasons = reasonsOf(start);
    assertEquals(reasons.map(({ id }) => id), ids);
    const total = start.end - start.launch;
    for (const { id, ns, evidence, remedy, command, overlaps } of reasons) {
      assert(ns > 0n && ns <= total, id);
      assert(evidence.length > 0 && remedy !== "" && command.startsWith("coldtrace run -n 6 "), id);
      assert(overlaps.every((overlap) => overlap.ns <= ns), id);
    }
  });
}

Deno.test("reasonsOf() reads starts of other engines, broken ones and those of others", () => {
  const ids = (["ready", "died", "killed", "vllm"] as const)
    .map((name) => reasonsOf(stored(name)[0]).map(({ id }) => id));
  assertEquals(ids, [["weights"], ["died", "weights"], [], []]);
});

Deno.test("reasonsOf() gives each reason labels of its own, and the data directory", async () => {
  const labels = new Set<string>();
  for (const name of Object.keys(FOUND)) {
    for (const { id, command, proves } of reasonsOf(await recorded(name as Recorded), "my runs")) {
      assert(command.startsWith(`coldtrace run -n 6 --dir 'my runs' --label ${id}-now `), command);
      const other = / --interleave ([^=]+)=/.exec(command)?.[1];
      assertEquals(other?.startsWith(`${id}-`) ?? false, proves);
      if (other !== undefined) labels.add(other);
    }
  }
  assertEquals([...labels].toSorted(), [
    "compilation-eager",
    "compile-cache-no-aot",
    "compile-cache-volume",
    "cpu-limit-unlimited",
    "cpu-pressure-one-cpu",
    "first-request-warm-up",
    "garbage-collection-threshold",
    "imports-bytecode",
    "model-inspection-volume",
    "out-of-memory-more",
    "retries-offline",
  ]);
});

Deno.test("reasonsOf() tells of a child that was killed for memory, and what its parent wrote", () => {
  const attributes = {
    "error.type": "exit",
    "process.exit.code": 1,
    "coldtrace.cgroup.oom_kills": 1,
  };
  const log = { 90: "RuntimeError: Engine core died" };
  const worker = { id: "1", name: "process Worker", start: 0, end: 80 };
  const ids = (child: Record<string, string | number>) =>
    reasonsOf(sketched({ end: 100, attributes, log, spans: [{ ...worker, attributes: child }] }))
      .map(({ id }) => id);
  assertEquals(ids({ "process.exit.signal": "SIGKILL" }), ["out-of-memory", "died"]);
  assertEquals(ids({ "process.exit.code": -9 }), ["out-of-memory", "died"]);
  assertEquals(ids({ "process.exit.code": 1 }), ["died"]);
});

Deno.test("reasonsOf() leaves out what is less than 1 %", () => {
  const start = (ms: number) =>
    sketched({ ready: 1000, attributes: { "coldtrace.cgroup.throttled_ms": ms } });
  assertEquals(reasonsOf(start(9)), []);
  assertEquals(reasonsOf(start(10)).map(({ share }) => share), [1]);
});

Deno.test("reasonsOf() says what a reason shares with larger ones", () => {
  const attributes = { "coldtrace.import.module": "torch" };
  const reasons = reasonsOf(sketched({
    ready: 100,
    spans: [
      { id: "1", phase: "import", start: 0, end: 60, attributes },
      { id: "2", phase: "gc", start: 50, end: 60, parent: "1" },
      { id: "3", phase: "gc", start: 70, end: 75 },
    ],
  }));
  assertEquals(reasons.map(({ id, ns, overlaps }) => [id, ns, overlaps]), [
    ["imports", 60_000_000n, []],
    ["garbage-collection", 15_000_000n, [{ id: "imports", ns: 10_000_000n }]],
  ]);
});

Deno.test("reasonsOf() claims at most the total, whatever the spans", () => {
  const names = ["g++", "cpp isa check", "Warmup (CPU)", "x", "model class inspect subprocess"];
  const phases = ["import", "gc", "weights", "compile", "graphs", "download", "tokenizer", ""];
  const sketch = fc.record({
    id: fc.integer({ min: 1, max: 12 }).map(String),
    parent: fc.integer({ min: 0, max: 12 }).map(String),
    name: fc.constantFrom(...names),
    phase: fc.constantFrom(...phases),
    start: fc.integer({ min: -20, max: 120 }),
    length: fc.integer({ min: 0, max: 120 }),
    isImport: fc.boolean(),
    container: fc.boolean(),
    process: fc.constantFrom("APIServer", "Worker_TP0", "Worker_TP1"),
    isOpen: fc.boolean(),
  });
  const root = span({
    id: "root",
    start: 0,
    end: 100,
    container: true,
    attributes: { "coldtrace.engine": "vLLM", "coldtrace.engine.compile_cache": "miss" },
    events: { ready: 100 },
  });
  fc.assert(fc.property(fc.array(sketch, { maxLength: 25 }), (sketches) => {
    const start = readStart([
      root,
      ...sketches.map(({ isImport, isOpen, length, process, ...rest }) =>
        span({
          ...rest,
          ...(!isOpen && { end: rest.start + length }),
          resource: processResource(process),
          attributes: isImport
            ? { "coldtrace.import.module": "torch", "coldtrace.cpu_time_ms": length }
            : {},
        })
      ),
    ]);
    for (const { ns, overlaps, share } of reasonsOf(start)) {
      assert(ns > 0n && ns <= 100n && share <= 100);
      assert(overlaps.every((overlap) => overlap.ns > 0n && overlap.ns <= ns));
    }
  }));
});

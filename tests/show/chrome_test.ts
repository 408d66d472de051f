import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readStart, type Start } from "../../src/read/start.ts";
import { type ChromeTrace, chromeTrace } from "../../src/show/chrome.ts";
import { decodeTraces } from "../../src/otlp/protobuf.ts";
import { capturedBodies } from "../otlp/_captures.ts";
import { processResource, type Sketch, span } from "../read/_spans.ts";
import { byPhase, checkChromeTrace } from "./_chrome_checker.ts";
import { stored } from "./_starts.ts";

/** A start of sketches; times are in nanoseconds. */
function startOf(...sketches: Sketch[]): Start {
  return readStart(sketches.map(span));
}

const root: Sketch = {
  id: "root",
  name: "start",
  start: 0,
  end: 9_000_000,
  container: true,
  attributes: { "coldtrace.engine": "test" },
  resource: processResource("launcher"),
};
const engine = { attributes: { "coldtrace.process": "engine", "process.pid": 42 } };

/** What it says of all spans, compared with them: each is there once, and as long as it was. */
function checkSpans(trace: ChromeTrace, start: Start): void {
  checkChromeTrace(trace);
  const records = start.root ? [start.root, ...start.spans] : [...start.spans];
  const spans = byPhase(trace, "X");
  const idOf = ({ args }: typeof spans[number]) => String(args?.span_id);
  assertEquals(spans.map(idOf).sort(), records.map(({ spanId }) => spanId).sort());
  const lengths = new Map(spans.map((event) => [idOf(event), event.dur ?? 0]));
  for (const { spanId, startTimeUnixNano: begin, endTimeUnixNano: end } of records) {
    if (end === undefined || end < begin) continue;
    const off = (lengths.get(spanId) ?? NaN) * 1000 - Number(end - begin);
    assert(Math.abs(off) <= 125, `${spanId} is ${off} ns too long`);
  }
}

Deno.test("chromeTrace() has all spans of recorded starts, in lanes that nest", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    checkSpans(chromeTrace(start), start);
  }
});

Deno.test("chromeTrace() has all spans of all captured starts of vLLM", () => {
  const captures = Map.groupBy(capturedBodies(), ({ capture }) => capture);
  for (const bodies of captures.values()) {
    const start = readStart(bodies.flatMap(({ protobuf }) => decodeTraces(protobuf)));
    checkSpans(chromeTrace(start), start);
  }
  assert(captures.size > 10);
});

Deno.test("chromeTrace() lays out any spans such that they nest", () => {
  const sketches = fc.array(
    fc.record({
      parent: fc.integer({ min: -1, max: 25 }),
      start: fc.integer({ min: -2_000, max: 9_000 }),
      length: fc.option(fc.integer({ min: 0, max: 4_000 })),
      process: fc.integer({ min: 0, max: 2 }),
      pid: fc.integer({ min: 1, max: 3 }),
      event: fc.option(fc.integer({ min: -3_000, max: 12_000 })),
    }),
    { maxLength: 30 },
  );
  fc.assert(fc.property(sketches, (all) => {
    const start = startOf(
      root,
      ...all.map(({ parent, start, length, process, pid, event }, i): Sketch => ({
        id: `${i}`,
        start,
        ...(length !== null && { end: start + length }),
        parent: parent < 0 ? "root" : `${parent}`,
        resource: { attributes: { "coldtrace.process": `p${process}`, "process.pid": pid } },
        ...(event !== null && { events: { log: event } }),
      })),
    );
    checkSpans(chromeTrace(start), start);
  }));
});

Deno.test("chromeTrace() gives each process its id, or a free one", () => {
  const twin = { attributes: { "coldtrace.process": "twin", "process.pid": 42 } };
  const trace = chromeTrace(startOf(
    root,
    { id: "a", start: 1_000, end: 2_000, parent: "root", resource: engine },
    { id: "b", start: 2_000, end: 3_000, parent: "root", resource: twin },
  ));
  const names = byPhase(trace, "M").filter(({ name }) => name === "process_name");
  assertEquals(names.map(({ pid, args }) => [pid, args?.name]), [
    [1, "launcher"],
    [42, "engine"],
    [2, "twin"],
  ]);
  assertEquals(trace.displayTimeUnit, "ms");
});

Deno.test("chromeTrace() draws arrows to children in other processes only", () => {
  const trace = chromeTrace(startOf(
    root,
    { id: "a", start: 1_000, end: 5_000, parent: "root", resource: engine },
    { id: "b", start: 2_000, end: 3_000, parent: "a", resource: engine },
  ));
  const ends = trace.traceEvents.filter(({ ph }) => ph === "s" || ph === "f");
  assertEquals(ends.map(({ ph, pid, ts, id }) => [ph, pid, ts, id]), [
    ["s", 1, 1, 1],
    ["f", 42, 1, 1],
  ]);
});

Deno.test("chromeTrace() shows moments for all, and log lines where they were written", () => {
  const line = { "log.body": "x".repeat(500), "log.iostream": "stderr", "process.pid": 42 };
  const record = span({ ...root, events: { ready: 4_000, readiness: 5_000 } });
  record.events?.push({
    timeUnixNano: record.startTimeUnixNano + 2_000n,
    name: "log",
    attributes: line,
  });
  const trace = chromeTrace(readStart([
    record,
    span({ id: "a", start: 1_000, end: 5_000, parent: "root", resource: engine }),
  ]));
  assertEquals(
    byPhase(trace, "i").map(({ cat, name, pid, ts, s }) => [cat, name.length, pid, ts, s]),
    [["ready", 5, 1, 4, "g"], ["readiness", 9, 1, 5, "p"], ["log", 120, 42, 2, "p"]],
  );
  assertEquals(byPhase(trace, "i").at(-1)?.args, line);
});

Deno.test("chromeTrace() shows what was sampled as counters that end with the process", () => {
  const trace = chromeTrace(startOf(root, {
    id: "a",
    start: 1_000_000,
    end: 5_000_000,
    parent: "root",
    container: true,
    resource: engine,
    attributes: {
      "coldtrace.process.samples.time_ms": [0, 1, 2],
      "coldtrace.process.samples.cpu_time_ms": [0, 2, 2.5],
      "coldtrace.process.samples.rss": [10, 20, 30],
    },
  }));
  assertEquals(byPhase(trace, "C").map(({ name, ts, args, pid }) => [name, ts, args, pid]), [
    ["CPU", 1000, { cores: 2 }, 42],
    ["CPU", 2000, { cores: 0.5 }, 42],
    ["CPU", 5000, { cores: 0 }, 42],
    ["memory", 1000, { bytes: 10 }, 42],
    ["memory", 2000, { bytes: 20 }, 42],
    ["memory", 3000, { bytes: 30 }, 42],
    ["memory", 5000, { bytes: 0 }, 42],
  ]);
  const args = byPhase(trace, "X").at(-1)?.args ?? {};
  assertEquals(Object.keys(args), ["coldtrace.container", "span_id", "parent_span_id"]);
});

Deno.test("chromeTrace() begins before launch where something was before it", () => {
  const trace = chromeTrace(startOf(root, {
    id: "p",
    start: -3_000,
    end: -1_000,
    parent: "root",
    attributes: { "coldtrace.prepare": true },
  }));
  assertEquals(byPhase(trace, "X").map(({ ts }) => ts).sort(), [0, 3]);
  assertEquals(trace.otherData.launch_us, 3);
});

Deno.test("chromeTrace() marks what was open, and what failed", () => {
  const trace = chromeTrace(startOf(
    { ...root, status: { code: 2, message: "it died" } },
    { id: "a", start: 1_000, parent: "root" },
  ));
  const of = (id: string) => byPhase(trace, "X").find(({ args }) => args?.span_id === id);
  assertEquals([of("root")?.args?.error, of("root")?.args?.open], ["it died", undefined]);
  assertEquals([of("a")?.args?.open, of("a")?.dur], [true, 8_999]);
});

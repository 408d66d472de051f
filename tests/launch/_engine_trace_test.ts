import { assert, assertEquals } from "@std/assert";
import type { SpanLine, SpanNews } from "../../src/launch/_engine_channel.ts";
import { EngineTrace, SpanLog } from "../../src/launch/_engine_trace.ts";
import { decodeMessage, encodeSpan, spanFromWire } from "../../src/launch/_message.ts";
import { rootContext } from "../../src/trace/context.ts";
import type { RecordAttributes, SpanRecord } from "../../src/trace/record.ts";

/** A span with a one-digit id; its parent's id, if any, is one too. */
function span(id: number, parent?: number, attributes: RecordAttributes = {}): SpanRecord {
  return {
    traceId: "1".repeat(32),
    spanId: String(id).padStart(16, "0"),
    ...(parent !== undefined && { parentSpanId: String(parent).padStart(16, "0") }),
    flags: 0,
    name: `span ${id}`,
    kind: 1,
    startTimeUnixNano: BigInt(id),
    attributes,
    status: { code: 0 },
    resource: { attributes: {} },
    scope: { name: "test" },
  };
}

function ended(record: SpanRecord): SpanRecord {
  return { ...record, endTimeUnixNano: 100n };
}

/** A line that tells of a span in the process `pid`: of its end, if it has one. */
function line(record: SpanRecord, pid: number): SpanLine {
  const isEnded = record.endTimeUnixNano !== undefined;
  return { bytes: encodeSpan(isEnded ? "end" : "start", record, pid), ended: isEnded };
}

function read({ bytes }: SpanLine): SpanNews {
  const message = decodeMessage(bytes);
  const record = spanFromWire(message?.span, { attributes: {} });
  return { record, pid: Number(message?.pid) };
}

const PHASE = "coldtrace.phase";

Deno.test("SpanLog.openPhase() is the phase of the deepest open span, or of what it stands under", () => {
  const log = new SpanLog();
  assertEquals(log.openPhase(), undefined);
  log.start(span(1, undefined, { "coldtrace.container": true }));
  assertEquals(log.openPhase(), undefined);
  log.start(span(2, 1));
  assertEquals(log.openPhase(), "span 2");
  log.start(span(3, 1, { [PHASE]: "weights" }));
  assertEquals(log.openPhase(), "weights");
  log.start(span(4, 3));
  log.start(span(5, 2));
  // As deep, and later.
  assertEquals(log.openPhase(), "span 5");
  log.end(ended(span(5, 2)));
  assertEquals(log.openPhase(), "weights");
  log.end(ended(span(4, 3)));
  log.end(ended(span(3, 1)));
  assertEquals(log.openPhase(), "span 2");
});

Deno.test("SpanLog counts what a process was doing when it died, as its launcher told", () => {
  const log = new SpanLog();
  log.start(span(1));
  log.start(span(2, 1));
  log.end(ended(span(2, 1, { "coldtrace.open": true, [PHASE]: "weights" })));
  assertEquals(log.openPhase(), "weights");
  assertEquals(log.open().map(({ record }) => record.name), ["span 1"]);
});

Deno.test("SpanLog takes each end once, with or without a start, and circles calmly", () => {
  const log = new SpanLog();
  assertEquals(log.end(ended(span(1, 2))), true);
  assertEquals(log.end(ended(span(1, 2))), false);
  assertEquals(log.start(span(1, 2)), false);
  assertEquals(log.start(span(2, 3)), true);
  assertEquals(log.start(span(2, 3)), false);
  assertEquals(log.start(span(3, 2)), true);
  assertEquals(log.open().length, 2);
  assertEquals(log.end(ended(span(2, 3))), true);
  assertEquals(log.records.filter((record) => record.endTimeUnixNano !== undefined).length, 2);
});

Deno.test("SpanLog keeps what began a start, and only passes on what comes much later", () => {
  const log = new SpanLog();
  for (let id = 1; id <= 20_000; id++) assert(log.end(ended(span(id))));
  assertEquals(log.records.length, 16_384);
  assertEquals(log.records[0]?.name, "span 1");
  // Its start is read late: it has ended, though that is not known any more.
  assertEquals(log.start(span(20_000)), false);
  assertEquals(log.open(), []);
});

Deno.test("EngineTrace tells each span once, the process last, and marks what was open", () => {
  const told: SpanRecord[] = [];
  const trace = new EngineTrace("e", ["e"], rootContext, {
    onSpan: (record) => told.push(record),
  });
  trace.launch();
  trace.spawned(7, false);
  const [process] = trace.records;
  assert(process);
  trace.listen(read);
  for (const record of [span(1), span(2, 1), span(3)]) trace.take(line(record, 7));
  trace.take(line(ended(span(3)), 8));
  trace.take(line(ended(span(3)), 8));
  // Nobody else ends the process's own span.
  trace.take(line(ended(process), 7));
  assertEquals(trace.fail(), "span 2");
  // It is told to stop, and ends one by itself.
  trace.take(line(ended(span(2, 1)), 7));
  trace.close({
    status: { success: false, code: 143, signal: "SIGTERM" },
    time: 200n,
    outcome: { kind: "start-timeout" },
    stopped: true,
    skipped: 2,
  });
  assertEquals(told.map(({ name }) => name), ["span 3", "span 2", "span 1", "process e"]);
  const [third, second, first, own] = told;
  assertEquals(third?.attributes["coldtrace.open"], undefined);
  assertEquals([second?.attributes["coldtrace.open"], second?.status.code], [true, 0]);
  assertEquals(first?.attributes["coldtrace.open"], true);
  assertEquals(first?.status, { code: 2, message: "was ended by SIGTERM" });
  assertEquals(first?.endTimeUnixNano, 200n);
  assertEquals(own?.attributes["error.type"], "start-timeout");
  assertEquals(own?.attributes["coldtrace.channel.skipped"], 2);
  // Clocks differ: no span ends before it began.
  assertEquals(own?.endTimeUnixNano, own?.startTimeUnixNano);
});

Deno.test("EngineTrace tells of a process that died before it showed itself", () => {
  const told: SpanRecord[] = [];
  const trace = new EngineTrace("e", ["e"], rootContext, {
    onSpan: (record) => told.push(record),
  });
  trace.launch();
  trace.spawned(7, true);
  assertEquals(trace.fail(), "process_start");
  const status = { success: false, code: 1, signal: null };
  trace.close({ status, time: 2n ** 62n, outcome: { kind: "exit" }, stopped: false, skipped: 0 });
  const [start, process] = told;
  assertEquals([start?.name, start?.attributes["coldtrace.open"]], ["process start", true]);
  assertEquals(start?.resource.attributes, { "process.pid": 7, "coldtrace.process": "e" });
  assertEquals(start?.startTimeUnixNano, process?.startTimeUnixNano);
});

Deno.test("EngineTrace claims no process start where the process never shows itself and is ready", () => {
  const told: SpanRecord[] = [];
  const trace = new EngineTrace("e", ["e"], rootContext, {
    onSpan: (record) => told.push(record),
  });
  trace.launch();
  trace.spawned(7, true);
  trace.ready(2n ** 62n, {});
  assertEquals(told.map(({ name }) => name), ["process e"]);
  assertEquals(trace.records, told);
});

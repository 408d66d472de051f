import { assertEquals } from "@std/assert";
import { joined } from "../../src/launch/_line_reader.ts";
import { encodeHello, encodeSpan } from "../../src/launch/_message.ts";
import { encodeStarted, spansStarted } from "../../src/launch/started.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

function span(id: number, resource: SpanRecord["resource"] = { attributes: {} }): SpanRecord {
  return {
    traceId: "1".repeat(32),
    spanId: String(id).padStart(16, "0"),
    flags: 0x100,
    name: `span ${id}`,
    kind: 1,
    startTimeUnixNano: BigInt(id),
    attributes: { "coldtrace.phase": "weights" },
    status: { code: 0 },
    resource,
    scope: { name: "test" },
  };
}

Deno.test("spansStarted() reads what started, each span with who it is of", () => {
  const core = { attributes: { "process.pid": 7, "coldtrace.process": "engine core" } };
  const own = { attributes: { "process.pid": Deno.pid, "service.name": "s" } };
  const lines = joined([
    encodeStarted(span(1, own)),
    encodeHello({ pid: 7, timeOrigin: 1n, resource: core }),
    encodeSpan("start", span(2), 7),
    encodeSpan("start", span(3), 8),
  ]);
  assertEquals(spansStarted(lines), [
    span(1, own),
    span(2, core),
    span(3, { attributes: { "process.pid": 8 } }),
  ]);
});

Deno.test("spansStarted() passes over what makes no sense, and what a crash cut off", () => {
  const line = encodeSpan("start", span(1), 7);
  const noise = new TextEncoder().encode(
    'noise\n{"coldtrace":"start","pid":7}\n{"coldtrace":"end"}\n',
  );
  const lines = joined([noise, line, line.subarray(0, 100)]);
  assertEquals(spansStarted(lines).map(({ name }) => name), ["span 1"]);
  assertEquals(spansStarted(new Uint8Array(0)), []);
});

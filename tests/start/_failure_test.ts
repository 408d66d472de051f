import { assertEquals } from "@std/assert";
import { failureOf } from "../../src/start/_failure.ts";
import type { RecordAttributes, SpanRecord } from "../../src/trace/record.ts";

/** A span of the process `pid`; its id is its name. */
function span(
  name: string,
  parent: string,
  pid: number,
  more: { attributes?: RecordAttributes; failure?: string; end?: bigint } = {},
): SpanRecord {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: name,
    parentSpanId: parent,
    flags: 1,
    name,
    kind: 1,
    startTimeUnixNano: 1n,
    endTimeUnixNano: more.end ?? 2n,
    attributes: more.attributes ?? {},
    status: more.failure === undefined ? { code: 0 } : { code: 2, message: more.failure },
    resource: { attributes: { "process.pid": pid } },
    scope: { name: "test" },
  };
}

/** The span of a process that ended in failure, made by the process above it. */
function processSpan(
  name: string,
  parent: string,
  pid: number,
  end: bigint,
  how: RecordAttributes,
) {
  const attributes = { "coldtrace.container": true, "process.pid": pid, ...how };
  return span(name, parent, 1, { attributes, failure: "was lost", end });
}

const OPEN: { attributes: RecordAttributes; failure: string } = {
  attributes: { "coldtrace.open": true },
  failure: "its process ended",
};

function namesOf(spans: readonly SpanRecord[]): string[] {
  const { open, process, message } = failureOf(spans);
  return [...open.map(({ name }) => name), `by ${process?.name}`, `as ${message}`];
}

Deno.test("failureOf() names the open spans, outermost first, and who died first", () => {
  const spans = [
    processSpan("api", "root", 10, 9n, { "process.exit.code": 1 }),
    processSpan("core", "api", 20, 8n, { "process.exit.signal": "SIGKILL" }),
    span("boot", "core", 20),
    span("read tensors", "load weights", 20, OPEN),
    span("load weights", "core", 20, OPEN),
    span("listen", "api", 10, OPEN),
  ];
  const expected = ["listen", "load weights", "read tensors", "by core", "as core was lost"];
  assertEquals(namesOf(spans), expected);
  assertEquals(namesOf(spans.toReversed()), expected);
});

Deno.test("failureOf() names what failed by itself last, with its process and its words", () => {
  const spans = [
    processSpan("api", "root", 10, 9n, { "process.exit.code": 1 }),
    // Stopped by the API server, so it ended first.
    processSpan("core", "api", 20, 8n, { "process.exit.signal": "SIGTERM" }),
    span("listen", "api", 10, { failure: "the port is in use" }),
    span("load weights", "core", 20, OPEN),
  ];
  assertEquals(namesOf(spans), ["load weights", "listen", "by api", "as the port is in use"]);
});

Deno.test("failureOf() names last what failed first, as it took the others along", () => {
  const spans = [
    span("serve", "api", 10, { failure: "the core is gone", end: 8n }),
    span("run core", "core", 20, { failure: "cannot load", end: 6n }),
    span("load weights", "run core", 20, { failure: "bad header", end: 5n }),
    span("stop workers", "run core", 20, { failure: "interrupted", end: 7n }),
  ];
  const expected = ["serve", "stop workers", "run core", "load weights"];
  assertEquals(namesOf(spans).slice(0, 4), expected);
  assertEquals(failureOf(spans.toReversed()).message, "bad header");
});

Deno.test("failureOf() passes over failures that were dealt with", () => {
  const attributes = { "coldtrace.import.module": "socks" };
  const spans = [
    span("run core", "core", 20, { failure: "cannot load", end: 8n }),
    span("load weights", "run core", 20, { failure: "bad header", end: 7n }),
    // A library tries whether another one is there.
    span("import requests", "core", 20, { end: 4n }),
    span("import socks", "import requests", 20, { attributes, failure: "no socks", end: 2n }),
    span("import uvloop", "core", 20, { attributes, failure: "no uvloop", end: 3n }),
    processSpan("core", "root", 20, 9n, { "process.exit.code": 1 }),
  ];
  assertEquals(namesOf(spans), ["run core", "load weights", "by core", "as bad header"]);
});

Deno.test("failureOf() takes a span of the log for none that dealt with a failure", () => {
  const LOG: RecordAttributes = { "coldtrace.source": "log" };
  const failed = { failure: "bad header" };
  const below = (...around: SpanRecord[]) =>
    namesOf([
      processSpan("core", "root", 20, 8n, { "process.exit.code": 1 }),
      ...around,
      // The log is read a little late, so that what went before seems to last until then.
      span("init model", "load model", 20, { attributes: LOG }),
      span("load weights", "init model", 20, failed),
    ]);
  const told = ["load weights", "by core", "as bad header"];
  assertEquals(below(span("load model", "core", 20, { attributes: LOG })), told);
  const open = { ...OPEN, attributes: { ...LOG, ...OPEN.attributes } };
  assertEquals(below(span("load model", "core", 20, open)), ["load model", ...told]);
  assertEquals(below(span("load model", "core", 20))[0], "by core");
});

Deno.test("failureOf() names what waits for another process, too", () => {
  const wait = { "coldtrace.wait": true, "coldtrace.container": true, "coldtrace.open": true };
  const spans = [
    processSpan("api", "root", 10, 9n, { "process.exit.code": 1 }),
    span("wait for core", "api", 10, { attributes: wait, failure: "its process ended" }),
    span("only holds others", "api", 10, {
      attributes: { "coldtrace.container": true, "coldtrace.open": true },
      failure: "its process ended",
    }),
  ];
  assertEquals(namesOf(spans).slice(0, 2), ["wait for core", "by api"]);
});

Deno.test("failureOf() says nothing where nothing tells", () => {
  assertEquals(namesOf([]), ["by undefined", "as undefined"]);
  const circle = [span("a", "b", 1, OPEN), span("b", "a", 1, OPEN)];
  assertEquals(failureOf(circle).open.length, 2);
});

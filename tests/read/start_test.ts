import { assertEquals, assertThrows } from "@std/assert";
import { readStart } from "../../src/read/start.ts";
import { headline } from "../../src/show/time_text.ts";
import { LAUNCH, processResource, type Sketch, span } from "./_spans.ts";

const ROOT: Sketch = {
  id: "root",
  name: "start llama.cpp",
  start: 0,
  end: 120,
  container: true,
  attributes: { "coldtrace.engine": "llama.cpp", "coldtrace.run": "20261123-213400-000-good" },
  events: { ready: 100, first_token: 110 },
};
const WORK: Sketch = { id: "work", start: 10, end: 40, parent: "root" };

function names(spans: readonly { spanId: string }[]): string[] {
  return spans.map(({ spanId }) => spanId).sort();
}

Deno.test("readStart() takes the facts from the root and its events", () => {
  const prepare: Sketch = {
    id: "prepare",
    start: -1000,
    end: -10,
    parent: "root",
    attributes: { "coldtrace.prepare": true },
  };
  const records = [span(WORK), span(prepare), span(ROOT)];
  const start = readStart(records);
  assertEquals(start, {
    traceId: span(ROOT).traceId,
    root: span(ROOT),
    spans: [span(WORK), span(prepare)],
    engine: "llama.cpp",
    run: "20261123-213400-000-good",
    launch: LAUNCH,
    end: LAUNCH + 100n,
    ready: true,
    executed: false,
    firstToken: LAUNCH + 110n,
    prepare: span(prepare),
    open: [],
    missing: [],
  });
});

Deno.test("readStart() knows no first token when none was seen", () => {
  const start = readStart([span({ ...ROOT, events: { ready: 100 } })]);
  assertEquals([start.ready, start.firstToken, start.run], [
    true,
    undefined,
    "20261123-213400-000-good",
  ]);
});

Deno.test("readStart() reads how a start died from its root", () => {
  const { run: _, ...start } = readStart([
    span(WORK),
    span({
      ...ROOT,
      events: {},
      status: { code: 2, message: "engine exited before it was ready" },
      attributes: {
        "coldtrace.engine": "llama.cpp",
        "error.type": "exit",
        "process.exit.code": 3,
        "process.exit.signal": "SIGKILL",
        "coldtrace.open": ["process engine core", "load weights"],
      },
    }),
  ]);
  assertEquals([start.ready, start.end], [false, LAUNCH + 120n]);
  assertEquals(start.open, ["process engine core", "load weights"]);
  assertEquals(start.ended, {
    reason: "exit",
    exitCode: 3,
    signal: "SIGKILL",
    message: "engine exited before it was ready",
  });
});

Deno.test("readStart() names the open spans while a start is under way", () => {
  const { end: _, ...openRoot } = { ...ROOT, events: {} };
  const start = readStart([
    span({ id: "deep", start: 50, parent: "core", name: "load weights" }),
    span({ id: "core", start: 20, parent: "root", name: "process engine core", container: true }),
    span(WORK),
    span({ id: "early", start: 45, parent: "core", name: "start core" }),
    span(openRoot),
  ]);
  assertEquals([start.ready, start.ended], [false, undefined]);
  assertEquals(start.open, ["start core", "load weights"]);
  assertEquals(start.end, LAUNCH + 50n);
});

Deno.test("readStart() names an open phase that only holds others where none of these is open", () => {
  const { end: _, ...openRoot } = { ...ROOT, events: {} };
  const core = { id: "core", start: 20, parent: "root", name: "process core", container: true };
  const init = { id: "init", start: 30, parent: "core", name: "Engine init", phase: "engine" };
  const load = { id: "load", start: 50, parent: "init", name: "Load model" };
  const before = [openRoot, core, { ...init, container: true }];
  assertEquals(readStart(before.map(span)).open, ["Engine init"]);
  assertEquals(readStart([...before, load].map(span)).open, ["Load model"]);
});

Deno.test("readStart() reads a start whose root never came as one that broke off", () => {
  const resource = processResource("launcher");
  const start = readStart([
    span({
      id: "prepare",
      start: -1000,
      end: -10,
      parent: "root",
      attributes: { "coldtrace.prepare": true },
      resource,
    }),
    span({ id: "model", start: -900, end: -100, parent: "prepare", resource }),
    span({ ...WORK, resource }),
    span({ id: "more", start: 40, end: 70, parent: "core", resource }),
  ]);
  assertEquals(start.ended, { reason: "launcher-killed" });
  assertEquals([start.ready, start.engine, start.root], [false, undefined, undefined]);
  assertEquals([start.launch, start.end], [LAUNCH + 10n, LAUNCH + 70n]);
  assertEquals(start.prepare?.spanId, "prepare");
});

Deno.test("readStart() is empty when coldtrace was killed before launch", () => {
  const attributes = { "coldtrace.prepare": true };
  const start = readStart([span({ id: "prepare", start: -50, end: -10, attributes })]);
  assertEquals([start.launch, start.end], [LAUNCH - 10n, LAUNCH - 10n]);
});

Deno.test("readStart() reads a foreign trace from its first span to its last end", () => {
  const resource = { attributes: { "service.name": "vllm.server" } };
  const spans = [
    span({ id: "b", start: 30, end: 90, parent: "missing", resource }),
    span({ id: "a", start: 10, end: 60, parent: "missing", resource }),
    span({ id: "c", start: 40, end: 50, parent: "b", resource }),
  ];
  const start = readStart(spans);
  assertEquals([start.engine, start.root, start.ended], ["vllm.server", undefined, undefined]);
  assertEquals([start.launch, start.end], [LAUNCH + 10n, LAUNCH + 90n]);
  assertEquals(names(start.spans), ["a", "b", "c"]);
});

Deno.test("readStart() takes a span that covers a foreign trace for its root", () => {
  const start = readStart([
    span({ id: "c", start: 40, end: 50, parent: "a" }),
    span({ id: "a", start: 10, end: 90, parent: "missing" }),
  ]);
  assertEquals([start.root?.spanId, names(start.spans)], ["a", ["c"]]);
});

Deno.test("readStart() takes for the root of a foreign trace what all others stand under, and outlive", () => {
  const job: Sketch = { id: "job", start: 0, end: 50 };
  const child: Sketch = { id: "child", start: 40, end: 60, parent: "job" };
  const { root, end, spans } = readStart([job, child].map(span));
  assertEquals([root?.spanId, end, names(spans)], ["job", LAUNCH + 60n, ["child"]]);
  // Beside another one it is none, nor while it is open.
  const beside: Sketch = { id: "beside", start: 1, end: 2 };
  assertEquals(readStart([job, child, beside].map(span)).root, undefined);
  const { end: _, ...open } = job;
  assertEquals(readStart([open, child].map(span)).root, undefined);
});

Deno.test("readStart() takes of several traces the earliest of coldtrace's roots", () => {
  const other = "0af7651916cd43dd8448eb211c80319c";
  const busy = "ffffffffffffffffffffffffffffffff";
  const start = readStart([
    ...["x", "y", "z", "u"].map((id) => span({ id, start: -50, end: 5, traceId: busy })),
    span({ ...ROOT, start: 50, end: 60 }),
    span({ ...ROOT, traceId: other }),
    span({ ...WORK, traceId: other }),
    span({ ...WORK, id: "later" }),
  ]);
  assertEquals([start.traceId, names(start.spans)], [other, ["work"]]);
});

Deno.test("readStart() takes of several foreign traces the one with the most spans", () => {
  const other = "0af7651916cd43dd8448eb211c80319c";
  const start = readStart([
    span({ id: "x", start: 0, end: 9 }),
    span({ id: "y", start: 0, end: 5, traceId: other }),
    span({ id: "z", start: 1, end: 6, traceId: other }),
  ]);
  assertEquals([start.traceId, names(start.spans)], [other, ["y", "z"]]);
});

Deno.test("readStart() leaves out what surrounds the start in its trace", () => {
  const start = readStart([
    span({ id: "job", start: -90, end: 500, parent: "remote" }),
    span({ id: "host", start: -50, end: 400, parent: "job" }),
    span({ ...ROOT, parent: "host" }),
    span({ id: "sibling", start: 0, end: 90, parent: "host" }),
    span({ id: "nephew", start: 0, end: 90, parent: "sibling" }),
    span({ id: "step", start: 0, end: 90, parent: "remote" }),
    span(WORK),
    span({ id: "orphan", start: 0, end: 90, parent: "lost" }),
    span({ id: "round", start: 0, end: 90, parent: "about" }),
    span({ id: "about", start: 0, end: 90, parent: "round" }),
  ]);
  assertEquals(names(start.spans), ["about", "orphan", "round", "work"]);
});

Deno.test("readStart() keeps the ended record of a span that came open, too", () => {
  const { end: _, ...open } = WORK;
  for (const records of [[open, WORK], [WORK, open]]) {
    const start = readStart([...records, ROOT].map(span));
    assertEquals(start.spans, [span(WORK)]);
  }
});

Deno.test("readStart() ends no earlier than launch", () => {
  const start = readStart([span({ ...ROOT, events: { ready: -5 } })]);
  assertEquals(start.end, start.launch);
});

Deno.test("readStart() throws when there is no span", () => {
  assertThrows(
    () => readStart([]),
    TypeError,
    "Cannot read start as it must have at least 1 span: current value is 0",
  );
});

Deno.test("readStart() tells a start of which only the execution was seen", () => {
  const attributes = { "coldtrace.engine": "true", "coldtrace.until": "exec" };
  const start = readStart([
    span({ id: "root", start: 0, end: 2, attributes, events: { ready: 2 } }),
  ]);
  assertEquals([start.ready, start.executed], [true, true]);
  assertEquals(headline(start), "true executed in 0.0 ms");
});

Deno.test("readStart() tells what was not seen, and why there was no first token", () => {
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 20,
      attributes: { "coldtrace.engine": "vLLM", "coldtrace.missing": ["phase 'compile'", 1] },
      events: { ready: 20 },
      status: { code: 2, message: "HTTP 500" },
    }),
    span({ id: "a", start: 0, end: 10, parent: "root" }),
  ]);
  assertEquals(start.missing, ["phase 'compile'"]);
  assertEquals([start.ready, start.failure], [true, "HTTP 500"]);
});

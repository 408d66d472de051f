/** A provider that the host has registered gets the spans, in its own way. */
import { assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { child } from "./_child.ts";
import config from "../../deno.json" with { type: "json" };

const API = config.imports["@opentelemetry/api"];
const SDK = config.imports["@opentelemetry/sdk-trace-base"];
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

const HOST = `
  import { context, trace } from "${API}";
  import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "${SDK}";
  const memory = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(memory)];
  const register = () => trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  const spans = () => memory.getFinishedSpans().map((span) => ({
    name: span.name,
    scope: span.instrumentationScope.name + "@" + span.instrumentationScope.version,
    parent: memory.getFinishedSpans().find((other) =>
      other.spanContext().spanId === span.parentSpanContext?.spanId)?.name ??
      span.parentSpanContext?.spanId,
    status: span.status.code,
    events: span.events.map(({ name }) => name),
    attributes: span.attributes,
  }));
`;

/** The SDK looks at a variable of its own here and there. */
const permissions = ["--allow-env", "--allow-read", "--allow-sys"];

Deno.test("spans are the host's once it registers a provider, and ours never", async () => {
  const result = await child(
    HOST + `
    const tracer = getTracer("host.test", "1.0.0");
    const pushed = queued();
    tracer.startSpan("before").end();
    register();
    await tracer.withSpan("a", { attributes: { k: 1 } }, async () => {
      await Promise.resolve();
      await tracer.withSpan("b", () => Promise.reject(new Error("no"))).catch(() => {});
      trace.getTracer("theirs").startSpan("c", {}, activeContext()).end();
    });
    print([spans(), pushed.map(({ name }) => name)]);
  `,
    { TRACEPARENT, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
    { permissions },
  );
  const span = { parent: "a", status: 0, events: [], attributes: {}, scope: "host.test@1.0.0" };
  assertEquals(result, [
    [
      { ...span, name: "b", status: 2, events: ["exception"] },
      { ...span, name: "c", scope: "theirs@undefined" },
      { ...span, name: "a", parent: SPAN_ID, attributes: { k: 1 } },
    ],
    ["before"],
  ]);
});

Deno.test("spans follow the host's own context manager and a change of provider", async () => {
  const result = await child(
    HOST + `
    const { AsyncLocalStorage } = await import("node:async_hooks");
    const storage = new AsyncLocalStorage();
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? rootContext,
      with: (context, fn, thisArg, ...args) => storage.run(context, () => fn.apply(thisArg, args)),
      bind: (_, target) => target,
      enable() { return this; },
      disable() { return this; },
    });
    const active = [];
    const tracer = getTracer("host.test");
    const asked = [];
    const fake = (label) => ({
      getTracer: (name) => (asked.push(label + " " + name), new BasicTracerProvider({
        spanProcessors,
      }).getTracer(label)),
    });
    for (const label of ["first", "second"]) {
      trace.setGlobalTracerProvider(fake(label));
      const root = trace.getTracer("theirs").startSpan("root of " + label);
      context.with(trace.setSpan(context.active(), root), () => {
        tracer.startSpan("a").end();
        tracer.withSpan("b", (span) => active.push(trace.getActiveSpan() === span));
      });
      root.end();
      trace.disable();
    }
    print([asked, active, spans().map(({ name, parent, scope }) => [name, parent, scope])]);
  `,
    {},
    { permissions },
  );
  assertEquals(result, [
    // The API asks once for its own, we once for ours.
    ["first theirs", "first host.test", "second theirs", "second host.test"],
    [true, true],
    ["first", "second"].flatMap((label) => [
      ["a", `root of ${label}`, `${label}@undefined`],
      ["b", `root of ${label}`, `${label}@undefined`],
      [`root of ${label}`, null, `${label}@undefined`],
    ]),
  ]);
});

Deno.test("a recorder gets the spans while a host's provider is registered", async () => {
  const result = await child(
    HOST + `
    register();
    const tracer = getTracer("host.test");
    const records = [];
    const collection = collectSpans((record) => records.push(record));
    trace.getTracer("theirs").startActiveSpan("theirs", (span) => {
      tracer.withSpan("ours", () => tracer.startSpan("child").end());
      span.end();
    });
    collection[Symbol.dispose]();
    tracer.startSpan("host's").end();
    print([records.map(({ name }) => name), spans().map(({ name }) => name)]);
  `,
    {},
    { permissions },
  );
  assertEquals(result, [["child", "ours"], ["theirs", "host's"]]);
});

Deno.test("a host's provider that is built on our tracer does not lead in circles", async () => {
  const result = await child(
    HOST + `
    trace.setGlobalTracerProvider({ getTracer });
    const pushed = queued();
    getTracer("ours").withSpan("a", () => trace.getTracer("api").startSpan("b").end());
    print(pushed.map(({ name, scope }) => [name, scope.name]));
  `,
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
    { permissions },
  );
  assertEquals(result, [["b", "api"], ["a", "ours"]]);
});

Deno.test("spans are Deno's own with OTEL_DENO=true", async () => {
  let printed = "";
  const result = await child<string[]>(
    `
    const tracer = getTracer("deno.test", "1.0.0");
    const pushed = queued();
    const traceIds = await tracer.withSpan("outer", async (outer) => {
      await Promise.resolve();
      return tracer.withSpan("inner", (inner) => {
        inner.setAttribute("answer", 42);
        return [outer, inner].map((span) => span.spanContext().traceId);
      });
    });
    print([...traceIds, String(pushed.length)]);
  `,
    { TRACEPARENT, OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "console" },
    { stderr: (text) => printed = text },
  );
  assertEquals(result, [TRACE_ID, TRACE_ID, "0"]);
  for (const name of ["outer", "inner"]) assertStrictEquals(printed.split(name).length > 1, true);
  assertMatch(printed, /answer/);
  assertMatch(printed, new RegExp(SPAN_ID));
});

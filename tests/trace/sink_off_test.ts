/** Off: nothing is made, nothing is asked for, and context still passes through. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { child } from "./_child.ts";
import { runCode } from "./_run_code.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

/** Ways to be off; the last has variables that it must not read. */
const OFF: [name: string, env: Record<string, string>, permissions?: string[]][] = [
  ["no endpoint", {}],
  ["OTEL_SDK_DISABLED", { ...ENDPOINT, OTEL_SDK_DISABLED: "true" }],
  ["OTEL_TRACES_EXPORTER=none", { ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" }],
  ["a channel of another process", { COLDTRACE_CHANNEL: "stdio:1" }],
  ["no permission", { ...ENDPOINT, COLDTRACE_CHANNEL: `stdio:${Deno.pid}` }, []],
];

const OFF_CODE = `
  const telemetry = Object.getOwnPropertyDescriptor(Deno, "telemetry");
  let touched = 0;
  Object.defineProperty(Deno, "telemetry", { get: () => (touched++, telemetry.get.call(Deno)) });

  const tracer = getTracer("off");
  const pushed = queued();
  const seen = [];
  const body = (span) => {
    span.setAttribute("a", 1).addEvent("b").end();
    seen.push(span.isRecording(), span.spanContext().spanId);
    return 42;
  };
  body(tracer.startSpan("a", { attributes: { a: 1 } }));
  const answers = [
    tracer.startActiveSpan("b", body),
    tracer.startActiveSpan("c", { kind: 1 }, body),
    tracer.withSpan("d", body),
    await tracer.withSpan("e", {}, async (span) => body(span)),
  ];
  const thrown = [];
  try {
    tracer.withSpan("f", () => { throw undefined; });
  } catch (error) {
    thrown.push(String(error));
  }
  const idle = touched;

  // An explicit context is active within, across awaits and off spans.
  const context = withSpanContext(
    rootContext.setValue(Symbol.for("mine"), 7),
    { traceId: "${TRACE_ID}", spanId: "${SPAN_ID}", traceFlags: 1 },
  );
  const through = await tracer.startActiveSpan("g", {}, context, async (span) => {
    await Promise.resolve();
    return tracer.withSpan("h", (inner) => [
      span.spanContext(),
      inner.spanContext(),
      tracer.startSpan("i").spanContext(),
      tracer.startSpan("j", { root: true }).spanContext(),
      spanContextOf(activeContext()),
      activeContext().getValue(Symbol.for("mine")),
      injectEnv({}).TRACEPARENT,
    ]);
  });
  const after = spanContextOf(activeContext()) ?? null;
  print({ seen, answers, thrown, idle, through, after, pushed });
`;

for (const [name, env, permissions] of OFF) {
  Deno.test(`a span is off with ${name}, and context passes through`, async () => {
    const result = await child(OFF_CODE, env, permissions === undefined ? {} : { permissions });
    const identity = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };
    const none = { traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 };
    assertEquals(result, {
      seen: Array.from({ length: 5 }, () => [false, "0".repeat(16)]).flat(),
      answers: [42, 42, 42, 42],
      thrown: ["undefined"],
      idle: 0,
      through: [identity, identity, identity, none, identity, 7, TRACEPARENT],
      after: null,
      pushed: [],
    });
  });
}

Deno.test("an off span carries the context that the process was started under", async () => {
  const result = await child(
    `
    const tracer = getTracer("off");
    print([
      tracer.startSpan("a").spanContext().traceId,
      tracer.withSpan("b", (span) => span.spanContext().spanId),
      tracer.startActiveSpan("c", {}, rootContext, (span) => span.spanContext().spanId),
      tracer.startSpan("d", { root: true }).spanContext().spanId,
      injectEnv({ HOME: "/", traceparent: "x" }),
      state().manager === undefined,
    ]);
  `,
    { TRACEPARENT, BAGGAGE: "a=1" },
  );
  assertEquals(result, [
    TRACE_ID,
    SPAN_ID,
    "0".repeat(16),
    "0".repeat(16),
    { HOME: "/", TRACEPARENT, BAGGAGE: "a=1" },
    false,
  ]);
});

Deno.test("an off span under one that is recorded keeps what it is told to itself", async () => {
  const result = await child(`
    const tracer = getTracer("off");
    const records = [];
    const collection = collectSpans((record) => records.push(record));
    tracer.withSpan("on", (on) => {
      collection[Symbol.dispose]();
      tracer.startActiveSpan("off", (off) => {
        off.setAttribute("a", 1);
        spanOf(activeContext()).setAttribute("b", 1);
        tracer.startSpan("off too").setAttribute("c", 1);
        records.push(off.spanContext().spanId === on.spanContext().spanId);
      });
      records.push(on.toRecord().attributes);
    });
    print(records);
  `);
  assertEquals(result, [true, {}]);
});

Deno.test("getTracer() and its import read nothing and leave nothing behind", async () => {
  const module = new URL("../../src/trace/tracer.ts", import.meta.url).href;
  const { stdout, stderr } = await runCode(
    `
    const touched = [];
    const trap = (object, name) => {
      const { value, get } = Object.getOwnPropertyDescriptor(object, name) ??
        { value: object[name] };
      Object.defineProperty(object, name, {
        configurable: true,
        get() { touched.push(name); return get === undefined ? value : get.call(object); },
      });
    };
    for (const name of ["telemetry", "env", "permissions", "ppid", "pid"]) trap(Deno, name);
    trap(crypto, "getRandomValues");
    const before = Reflect.ownKeys(globalThis).length;
    const { getTracer } = await import("${module}");
    const tracer = getTracer("lazy", "1.0.0");
    const lazy = [...touched];
    const left = Reflect.ownKeys(globalThis).length - before;
    tracer.startSpan("first");
    console.log(JSON.stringify([lazy, left, touched.includes("env")]));
    `,
    {},
    ["--allow-env", "--allow-read"],
  );
  assertStrictEquals(stderr, "");
  assertEquals(JSON.parse(stdout), [[], 0, true]);
});

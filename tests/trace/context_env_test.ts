import { assertEquals, assertStringIncludes } from "@std/assert";
import { propagation, ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import {
  CompositePropagator,
  TraceState,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { extractEnv, injectEnv } from "../../src/trace/context.ts";
import { runCode } from "./_run_code.ts";
import { rootContext, withSpanContext } from "../../src/trace/context.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const REMOTE = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};
const ENV = { TRACEPARENT, TRACESTATE: "rojo=1,congo=2", BAGGAGE: "user=Am%C3%A9lie;p,b=2" };

/** Keys as OpenTelemetry's environment carrier normalizes them. */
const upperCase = {
  set: (carrier: Record<string, string>, key: string, value: string) => {
    carrier[key.toUpperCase()] = value;
  },
};

Deno.test("injectEnv() writes what extractEnv() read, unchanged", () => {
  assertEquals(injectEnv({ HOME: "/" }, extractEnv(ENV)), { HOME: "/", ...ENV });
  const flags = { TRACEPARENT: TRACEPARENT.replace(/01$/, "a5") };
  assertEquals(injectEnv({}, extractEnv(flags)), flags);
});

Deno.test("injectEnv() drops an inherited context, of any case, and leaves env as it was", () => {
  const env = {
    TRACEPARENT: "00-11111111111111111111111111111111-1111111111111111-01",
    TRACESTATE: "stale=1",
    BAGGAGE: "stale=1",
    traceparent: "stale",
    tracestate: "stale",
    baggage: "stale",
    Traceparent: "stale",
    TRACEPARENT_NOTE: "mine",
    PATH: "/bin",
  };
  const before = structuredClone(env);
  assertEquals(injectEnv(env, rootContext), { TRACEPARENT_NOTE: "mine", PATH: "/bin" });
  // A new parent without tracestate and baggage takes nothing of the old ones.
  assertEquals(injectEnv(env, withSpanContext(rootContext, REMOTE)), {
    TRACEPARENT_NOTE: "mine",
    PATH: "/bin",
    TRACEPARENT,
  });
  assertEquals(env, before);
});

Deno.test("injectEnv() leaves out what is invalid or empty", () => {
  const invalid = { ...REMOTE, spanId: "0".repeat(16) };
  assertEquals(injectEnv({}, withSpanContext(rootContext, invalid)), {});
  const upper = { ...REMOTE, traceId: REMOTE.traceId.toUpperCase() };
  assertEquals(injectEnv({}, withSpanContext(rootContext, upper)), {});
  const empty = { ...REMOTE, traceState: new TraceState("") };
  assertEquals(injectEnv({}, withSpanContext(rootContext, empty)), { TRACEPARENT });
  const broken = { set: () => broken, unset: () => broken, get: () => "", serialize: () => "A=\n" };
  assertEquals(injectEnv({}, withSpanContext(rootContext, { ...REMOTE, traceState: broken })), {
    TRACEPARENT,
  });
  const noBaggage = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage());
  assertEquals(injectEnv({}, noBaggage), {});
});

Deno.test("injectEnv() writes a context of the API as OpenTelemetry's propagators do", () => {
  const baggage = propagation.createBaggage({ a: { value: "é ,;" }, b: { value: "2" } });
  const span = trace.wrapSpanContext({ ...REMOTE, traceState: new TraceState("rojo=1,congo=2") });
  const context = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, span), baggage);
  const theirs: Record<string, string> = {};
  new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  }).inject(context, theirs, upperCase);
  assertEquals(injectEnv({}, context), theirs);
});

Deno.test("extractEnv() reads the upper-case names only", () => {
  const lower = { traceparent: TRACEPARENT, tracestate: "a=1", baggage: "a=1" };
  assertEquals(injectEnv({}, extractEnv(lower)), {});
  assertEquals(injectEnv({}, extractEnv({ ...lower, TRACEPARENT })), { TRACEPARENT });
});

Deno.test("extractEnv() makes a context that the API takes for its own", () => {
  const context = extractEnv(ENV);
  const { traceState, ...rest } = trace.getSpanContext(context) ?? {};
  assertEquals(rest, REMOTE);
  assertEquals(traceState?.get("congo"), "2");
  assertEquals(trace.getSpan(context)?.isRecording(), false);
  assertEquals(propagation.getBaggage(context)?.getEntry("user")?.value, "Amélie");
});

Deno.test("extractEnv() drops what the specification says to drop, and nothing else", () => {
  const bad = { TRACEPARENT: "00-bad", TRACESTATE: "BAD", BAGGAGE: "bad" };
  assertEquals(injectEnv({}, extractEnv(bad)), {});
  // No parent: its tracestate goes with it, baggage is of its own.
  assertEquals(injectEnv({}, extractEnv({ ...ENV, TRACEPARENT: "" })), { BAGGAGE: ENV.BAGGAGE });
  // A tracestate that cannot be read is dropped whole, its traceparent is kept.
  const { TRACESTATE: _, ...others } = ENV;
  assertEquals(injectEnv({}, extractEnv({ ...ENV, TRACESTATE: "a=1,B=2" })), others);
  assertEquals(trace.getSpanContext(extractEnv({ TRACEPARENT, TRACESTATE: " , " })), REMOTE);
  // Of baggage, the bad members.
  assertEquals(injectEnv({}, extractEnv({ ...ENV, BAGGAGE: "a=1,b c=2,d=4" })), {
    ...ENV,
    BAGGAGE: "a=1,d=4",
  });
});

Deno.test("extractEnv() makes an empty context when there is nothing to read", () => {
  const context = extractEnv({});
  assertEquals(trace.getSpan(context), undefined);
  assertEquals(propagation.getBaggage(context), undefined);
});

const CARRIER = new URL("../../src/trace/context.ts", import.meta.url).href;
const IMPORT = `import { extractEnv, injectEnv } from ${JSON.stringify(CARRIER)};\n`;
const PRINT = IMPORT +
  "console.log(JSON.stringify(injectEnv({ traceparent: 'x' }, extractEnv())));";

Deno.test("extractEnv() reads the process's variables, each only where it may", async () => {
  const all = await runCode(PRINT, ENV, ["--allow-env"]);
  assertEquals(JSON.parse(all.stdout), ENV);
  const some = await runCode(PRINT, ENV, ["--allow-env=TRACEPARENT,BAGGAGE"]);
  assertEquals(JSON.parse(some.stdout), { TRACEPARENT, BAGGAGE: ENV.BAGGAGE });
  const none = await runCode(PRINT, ENV, []);
  assertEquals(JSON.parse(none.stdout), {});
  for (const { stderr } of [all, some, none]) assertEquals(stderr, "");
});

Deno.test("injectEnv() passes on the context that the process was started under by default", async () => {
  const { stdout } = await runCode(
    IMPORT + "console.log(JSON.stringify(injectEnv({ tracestate: 'stale' })));",
    ENV,
    ["--allow-env"],
  );
  assertEquals(JSON.parse(stdout), ENV);
});

Deno.test("injectEnv() and extractEnv() honour OTEL_PROPAGATORS, with the SDK disabled too", async () => {
  const { TRACEPARENT: parent, TRACESTATE: state, BAGGAGE } = ENV;
  const code = IMPORT + `console.log(JSON.stringify([
    injectEnv({ baggage: "stale" }, extractEnv()),
    injectEnv({ BAGGAGE: "stale" }, extractEnv(${JSON.stringify(ENV)})),
  ]));`;
  for (
    const [propagators, expected] of [
      ["tracecontext", { TRACEPARENT: parent, TRACESTATE: state }],
      ["baggage", { BAGGAGE }],
      ["none", {}],
    ] as const
  ) {
    const env = { ...ENV, OTEL_PROPAGATORS: propagators, OTEL_SDK_DISABLED: "true" };
    const { stdout, stderr } = await runCode(code, env, ["--allow-env"]);
    assertEquals(JSON.parse(stdout), [expected, expected]);
    assertEquals(stderr, "");
  }
  const unknown = await runCode(code, { ...ENV, OTEL_PROPAGATORS: "b3,baggage" }, ["--allow-env"]);
  assertEquals(JSON.parse(unknown.stdout), [{ BAGGAGE }, { BAGGAGE }]);
  assertStringIncludes(unknown.stderr, "OTEL_PROPAGATORS");
  assertEquals(unknown.stderr.trimEnd().split("\n").length, 1);
});

/** Spans for a launcher above: they wait for it, move into its trace, and go up. */
import { assert, assertEquals, assertStrictEquals, assertStringIncludes } from "@std/assert";
import { child } from "./_child.ts";

const ENV_TRACE = "0af7651916cd43dd8448eb211c80319c";
const ENV_SPAN = "b7ad6b7169203331";
const TRACEPARENT = `00-${ENV_TRACE}-${ENV_SPAN}-01`;
const PIPE_TRACE = "11111111111111111111111111111111";
const PIPE_SPAN = "2222222222222222";
const CHANNEL = { COLDTRACE_CHANNEL: `stdio:${Deno.pid}` };

/** A pipe that keeps what goes up it, and what its launcher sends down. */
const PIPE = `
  const lines = [];
  const line = (kind) => (record) => lines.push({
    kind, name: record.name, trace: record.traceId, span: record.spanId,
    parent: record.parentSpanId, flags: record.flags, open: record.endTimeUnixNano === undefined,
  });
  const pipe = { start: line("start"), end: line("end") };
  const launcher = (traceFlags = 1) => withSpanContext(rootContext, {
    traceId: "${PIPE_TRACE}", spanId: "${PIPE_SPAN}", traceFlags, isRemote: true,
  });
`;

interface Line {
  kind: string;
  name: string;
  trace: string;
  span: string;
  parent?: string;
  flags: number;
  open: boolean;
}

for (const [name, env] of [["no trace", {}], ["another trace", { TRACEPARENT }]] as const) {
  Deno.test(`spans wait for the launcher and move into its trace from ${name}`, async () => {
    const lines = await child<Line[]>(
      PIPE + `
      const tracer = getTracer("pipe.test");
      const root = tracer.startSpan("root");
      const under = withSpanContext(rootContext, root.spanContext());
      const held = { ...root.spanContext() };
      tracer.startSpan("child", {}, under).end();
      tracer.startActiveSpan("second root", (span) => {
        tracer.startSpan("grandchild").end();
        span.end();
      });
      tracer.startSpan("own trace", { root: true }).end();
      tracer.startSpan("own context", {}, rootContext).end();
      const before = lines.length;

      connectPipe(pipe, launcher());
      tracer.startSpan("late child", {}, under).end();
      tracer.startSpan("held", {}, withSpanContext(rootContext, held)).end();
      tracer.startSpan("late root").end();
      root.end();
      lines.push({ name: "before", open: before > 0 });
      lines.push({ name: "child environment", trace: injectEnv({}).TRACEPARENT });
      print(lines);
    `,
      { ...CHANNEL, ...env },
    );
    const of = (name: string) => lines.filter((line) => line.name === name);
    const [start, end] = of("root");
    assert(start !== undefined && end !== undefined);
    assertEquals([start.kind, start.open, end.kind, end.open], ["start", true, "end", false]);
    assertEquals([end.trace, end.parent, end.flags], [PIPE_TRACE, PIPE_SPAN, 0x301]);
    const placed = [
      ["child", start.span],
      ["second root", PIPE_SPAN],
      ["grandchild", of("second root")[0]?.span],
      ["late child", start.span],
      ["held", start.span],
      ["late root", PIPE_SPAN],
    ] as const;
    for (const [name, parent] of placed) {
      const line = of(name).at(-1);
      assertEquals([name, line?.trace, line?.parent], [name, PIPE_TRACE, parent]);
      assertEquals([name, line?.kind, line?.open], [name, "end", false]);
    }
    // What waited and had ended needs no start; what came later has one.
    assertEquals(["child", "late child"].map((name) => of(name).length), [1, 2]);
    for (const name of ["own trace", "own context"]) {
      const [line] = of(name);
      assert(line !== undefined && line.trace !== PIPE_TRACE && line.trace !== ENV_TRACE);
      assertStrictEquals(line.parent, undefined);
    }
    assertEquals(of("before")[0]?.open, false);
    assertEquals(of("child environment")[0]?.trace, `00-${PIPE_TRACE}-${PIPE_SPAN}-01`);
  });
}

Deno.test("spans keep their place where the launcher names the environment's trace", async () => {
  const lines = await child<Line[]>(
    PIPE + `
    const tracer = getTracer("pipe.test");
    const span = tracer.startSpan("root");
    const id = span.spanContext().spanId;
    connectPipe(pipe, ambientContext());
    span.end();
    lines.push({ name: "id", span: id });
    print(lines);
  `,
    { ...CHANNEL, TRACEPARENT },
  );
  const [start, end, id] = lines;
  assertEquals([start?.kind, end?.kind], ["start", "end"]);
  assertEquals([end?.trace, end?.parent], [ENV_TRACE, ENV_SPAN]);
  assertEquals([start?.span, end?.span], [id?.span, id?.span]);
});

Deno.test("spans are in a new trace where the launcher names none, whatever the environment says", async () => {
  const lines = await child<Line[]>(
    PIPE + `
    const tracer = getTracer("pipe.test");
    tracer.withSpan("early", () => tracer.startSpan("early child").end());
    tracer.startSpan("early too").end();
    connectPipe(pipe, rootContext);
    tracer.startSpan("late").end();
    print(lines);
  `,
    { ...CHANNEL, TRACEPARENT },
  );
  const [early, child_, too, late] = lines.filter(({ kind }) => kind === "end");
  assertEquals([early?.name, child_?.name, late?.name], ["early", "early child", "late"]);
  assert(early !== undefined && early.trace !== ENV_TRACE && late?.trace !== ENV_TRACE);
  assertEquals([early.parent, too?.parent, late?.parent], [undefined, undefined, undefined]);
  assertEquals([child_?.trace, child_?.parent, too?.trace], [early.trace, early.span, early.trace]);
});

Deno.test("spans of an unsampled launcher go up the pipe, unsampled", async () => {
  const lines = await child<Line[]>(
    PIPE + `
    const tracer = getTracer("pipe.test");
    tracer.withSpan("early", () => tracer.startSpan("early child").end());
    connectPipe(pipe, launcher(0));
    tracer.startSpan("late").end();
    print(lines);
  `,
    CHANNEL,
  );
  assertEquals(lines.map(({ kind, name, flags }) => [kind, name, flags]), [
    ["end", "early", 0x300],
    ["end", "early child", 0x100],
    ["start", "late", 0x300],
    ["end", "late", 0x300],
  ]);
});

Deno.test("2048 spans wait at most, whatever the export queue may hold, and the rest is told once", async () => {
  let told = "";
  const result = await child(
    PIPE + `
    const tracer = getTracer("pipe.test");
    let identified = 0;
    for (let n = 0; n < 2050; n++) {
      const span = tracer.startSpan("early " + n);
      span.end();
      if (span.spanContext().spanId !== "0".repeat(16)) identified++;
    }
    connectPipe(pipe, launcher());
    tracer.startSpan("late").end();
    print([identified, lines.length, lines.slice(2046).map(({ name }) => name)]);
  `,
    { ...CHANNEL, OTEL_BSP_MAX_QUEUE_SIZE: "1" },
    { stderr: (text) => told = text },
  );
  assertEquals(result, [2050, 2050, ["early 2046", "early 2047", "late", "late"]]);
  assertStrictEquals(told, "coldtrace: 2 spans were dropped before the launcher was connected\n");
});

Deno.test("disconnectPipe() sends what waited to our exporter, if it is sampled", async () => {
  const result = await child(
    PIPE + `
    const tracer = getTracer("pipe.test");
    const pushed = queued();
    const open = tracer.startSpan("open");
    tracer.startSpan("ended").end();
    const unsampled = withSpanContext(rootContext, { ...open.spanContext(), traceFlags: 0 });
    tracer.startSpan("unsampled", {}, unsampled).end();
    exportRecords([open.toRecord()]); // the launcher above would have done it
    const waiting = pushed.length;
    disconnectPipe();
    open.end();
    tracer.startSpan("late").end();
    exportRecords([{ ...open.toRecord(), name: "relayed" }, { ...open.toRecord(), flags: 0x100 }]);
    print([waiting, pushed.map(({ name }) => name)]);
  `,
    { ...CHANNEL, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  );
  assertEquals(result, [0, ["ended", "open", "late", "relayed"]]);
});

Deno.test("spans go up the pipe and not to our exporter, nor to a host's provider", async () => {
  const result = await child(
    PIPE + `
    globalThis[Symbol.for("opentelemetry.js.api.1")] = {
      trace: { getTracer() { throw new Error("not the host's"); } },
    };
    const pushed = queued();
    connectPipe(pipe, launcher());
    getTracer("pipe.test").startSpan("a").end();
    print([pushed.length, lines.length, isPipeAnnounced()]);
  `,
    { ...CHANNEL, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" },
  );
  assertEquals(result, [0, 2, true]);
});

Deno.test("trouble in a pipe or a collector is one line, and not the host's", async () => {
  let told = "";
  const result = await child(
    PIPE + `
    const fail = () => { throw new Error("torn"); };
    connectPipe({ start: fail, end: fail }, launcher());
    const records = [];
    collectSpans(fail, { onStart: fail });
    collectSpans(({ name }) => records.push(name), { onStart: ({ name }) => records.push(name) });
    getTracer("pipe.test").withSpan("a", () => {});
    print(records);
  `,
    CHANNEL,
    { stderr: (text) => told = text },
  );
  assertEquals(result, ["a", "a"]);
  assertStringIncludes(told, "coldtrace: Cannot pass a span on: torn\n");
  assertStrictEquals(told.split("\n").length, 2);
});

Deno.test("bad OTEL_* values are told by the launcher alone", async () => {
  const code = `getTracer("pipe.test").startSpan("a").end(); print(injectEnv({}));`;
  const env = { OTEL_TRACES_SAMPLER: "some", OTEL_PROPAGATORS: "b3,none" };
  await child(code, { ...env, ...CHANNEL });
  // A grandchild that inherited the variable has no launcher that told it.
  let told = "";
  const options = { stderr: (text: string) => void (told = text) };
  await child(code, { ...env, COLDTRACE_CHANNEL: "stdio:1" }, options);
  assertStrictEquals(told.match(/^coldtrace: Cannot use OTEL_/gm)?.length, 2);
});

import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { child, imports } from "./_child.ts";
import { runCode } from "./_run_code.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0";

Deno.test("sampled spans reach our exporter where OTEL_* names an endpoint", async () => {
  const [records, inner] = await child<[string[][], string]>(
    `
    const pushed = queued();
    const tracer = getTracer("sink.test");
    tracer.withSpan("a", () => tracer.startSpan("b").end());
    print([pushed.map((record) => [record.name, ...ids(record)]), pushed.length]);
  `,
    { ...ENDPOINT, TRACEPARENT: `${PARENT}1` },
  );
  const [b, a] = records;
  assertEquals([a?.[0], a?.[1], a?.[3]], ["a", PARENT.slice(3, 35), PARENT.slice(36, 52)]);
  assertEquals([b?.[0], b?.[1], b?.[3]], ["b", PARENT.slice(3, 35), a?.[2]]);
  assertStrictEquals(inner, 2);
});

/** What an unsampled span says of itself. */
interface Seen {
  isRecording: boolean;
  traceId: string;
  spanId: string;
  traceFlags: number;
}

const UNSAMPLED: Record<string, string>[] = [
  { TRACEPARENT: `${PARENT}0` },
  { OTEL_TRACES_SAMPLER: "always_off" },
];
for (const env of UNSAMPLED) {
  Deno.test(`unsampled spans are not exported, but collected, by ${Object.keys(env)}`, async () => {
    const [seen, records, pushed] = await child<[Seen[], unknown[], unknown[]]>(
      `
      const pushed = queued();
      const tracer = getTracer("sink.test");
      const seen = tracer.withSpan("a", (a) => {
        const b = tracer.startSpan("b");
        b.end();
        return [a, b].map((span) => ({
          isRecording: span.isRecording(),
          ...span.spanContext(),
        }));
      });
      const records = [];
      const collection = collectSpans((record) => records.push(record));
      const late = tracer.startSpan("late");
      tracer.startSpan("c").end();
      collection[Symbol.dispose]();
      late.end();
      print([seen, records.map(({ name, flags }) => ({ name, flags })), pushed]);
    `,
      { ...ENDPOINT, ...env },
    );
    const [a, b] = seen;
    assert(a !== undefined && b !== undefined);
    for (const { isRecording, traceFlags, spanId } of seen) {
      assertEquals([isRecording, traceFlags], [false, 0]);
      assertMatch(spanId, /^(?!0{16})[0-9a-f]{16}$/);
    }
    // They have identities of their own, in one trace, for whoever is called from there.
    assertStrictEquals(a.traceId, b.traceId);
    assert(a.spanId !== b.spanId && a.spanId !== PARENT.slice(36, 52));
    const remote = env.TRACEPARENT === undefined ? 0 : 0x200;
    assertEquals(records, [{ name: "c", flags: 0x100 | remote }]);
    assertEquals(pushed, []);
  });
}

Deno.test("spans keep within the limits of OTEL_*, and count what they drop", async () => {
  const record = await child<Record<string, unknown>>(
    `
    const records = [];
    collectSpans((record) => records.push(record));
    const link = { context: activeContext() && getTracer("x").startSpan("x").spanContext() };
    const attributes = { a: "long text", b: "b", c: "c", d: "d" };
    const span = getTracer("sink.test").startSpan("a", { attributes });
    span.setAttribute("a", "short").setAttribute("e", 1);
    for (const name of ["one", "two", "three"]) span.addEvent(name, attributes);
    for (let i = 0; i < 3; i++) span.addLink({ ...link, attributes });
    span.end();
    const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, ...rest } = records[0];
    const counts = [droppedAttributesCount, droppedEventsCount, droppedLinksCount];
    const bare = ({ traceId, spanId, flags, timeUnixNano, ...other }) => other;
    print({
      counts,
      attributes: rest.attributes,
      events: rest.events.map(bare),
      links: rest.links.map(bare),
    });
  `,
    {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "3",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "4",
      OTEL_SPAN_EVENT_COUNT_LIMIT: "2",
      OTEL_SPAN_LINK_COUNT_LIMIT: "1",
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "1",
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "2",
    },
  );
  assertEquals(record, {
    counts: [2, 1, 2],
    attributes: { a: "shor", b: "b", c: "c" },
    events: [
      { name: "two", attributes: { a: "long" }, droppedAttributesCount: 3 },
      { name: "three", attributes: { a: "long" }, droppedAttributesCount: 3 },
    ],
    links: [{ attributes: { a: "long", b: "b" }, droppedAttributesCount: 2 }],
  });
});

Deno.test("two copies of the module share pipe, queue, recorders and active context", async () => {
  const copy = await Deno.makeTempDir({ prefix: "coldtrace-copy-" });
  try {
    const root = new URL("../../", import.meta.url);
    await Deno.mkdir(`${copy}/src/trace`, { recursive: true });
    await Deno.copyFile(new URL("deno.json", root), `${copy}/deno.json`);
    for await (const { name, isFile } of Deno.readDir(new URL("src/trace/", root))) {
      if (!isFile) continue;
      await Deno.copyFile(new URL(`src/trace/${name}`, root), `${copy}/src/trace/${name}`);
    }
    const folder = `file://${copy}/src/trace/`;
    const { stdout, stderr } = await runCode(
      imports() + `
      const other = await import("${folder}tracer.ts");
      const { connectPipe: connectOther } = await import("${folder}listeners.ts");
      const a = getTracer("a");
      const b = other.getTracer("b");
      const pushed = queued();
      const records = [];
      collectSpans(({ name }) => records.push(name));
      const ended = [];
      const open = b.startSpan("b waits");
      a.withSpan("a root", () => b.withSpan("b child", () => a.startSpan("a grandchild").end()));
      connectOther(
        { start: ({ name }) => ended.push("start " + name), end: (record) => ended.push(record) },
        withSpanContext(rootContext, {
          traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 1,
        }),
      );
      open.end();
      const nameOf = (id) => ended.find((record) => record.spanId === id)?.name ?? id;
      print([
        a.constructor === b.constructor,
        records,
        pushed.length,
        ended.map((record) => record.name === undefined
          ? record
          : [record.name, record.traceId, nameOf(record.parentSpanId)]),
        new Set(ended.map((record) => record.resource).filter(Boolean)).size,
      ]);
      `,
      { ...ENDPOINT, COLDTRACE_CHANNEL: `stdio:${Deno.pid}` },
      ["--allow-env", "--allow-read"],
    );
    assertStrictEquals(stderr, "");
    const trace = "1".repeat(32);
    assertEquals(JSON.parse(stdout), [
      false,
      ["a grandchild", "b child", "a root", "b waits"],
      0,
      [
        "start b waits",
        ["a root", trace, "2".repeat(16)],
        ["b child", trace, "a root"],
        ["a grandchild", trace, "b child"],
        ["b waits", trace, "2".repeat(16)],
      ],
      1,
    ]);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("spans that end before the exporter's queue is loaded are exported, or counted", async () => {
  let printed = "";
  await child(
    `
    const tracer = getTracer("sink.test");
    for (let i = 0; i < 5; i++) tracer.startSpan("span " + i).end();
    await flush();
    tracer.startSpan("later").end();
    await flush();
    print(null);
  `,
    { OTEL_TRACES_EXPORTER: "console", OTEL_BSP_MAX_QUEUE_SIZE: "3" },
    { stderr: (text) => printed = text },
  );
  const lines = printed.trimEnd().split("\n");
  const names = lines.flatMap((line) => line.startsWith("{") ? [JSON.parse(line).name] : []);
  assertEquals(names, ["span 0", "span 1", "span 2", "later"]);
  assertEquals(lines.filter((line) => !line.startsWith("{")), [
    "coldtrace: Dropped 2 spans so far, as 3 were waiting for export (OTEL_BSP_MAX_QUEUE_SIZE)",
  ]);
});

Deno.test("flush() passes its deadline on, 2 s by default, and needs no queue", async () => {
  const result = await child(`
    const timeouts = [];
    await flush();
    state().queue = { push() {}, flush: (timeout) => (timeouts.push(timeout), Promise.resolve()) };
    await flush();
    await flush({});
    await flush({ timeout: 5 });
    for (const timeout of [NaN, -1, "x", Symbol()]) await flush({ timeout });
    await flush(null);
    print(timeouts);
  `);
  assertEquals(result, [2000, 2000, 5, 0, 0, 0, 0, 2000]);
});

import { assertEquals, assertStrictEquals } from "@std/assert";
import { child } from "./_child.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

Deno.test("a recorded span follows Deno's context manager, whoever made a context active", async () => {
  const result = await child(`
    const records = [];
    collectSpans((record) => records.push(record));
    const tracer = getTracer("active.test");
    const spanContext = { traceId: "${TRACE_ID}", spanId: "${SPAN_ID}", traceFlags: 1 };
    const manager = Deno.telemetry.contextManager;
    await manager.with(withSpanContext(rootContext, spanContext), async () => {
      await Promise.resolve();
      tracer.startSpan("a").end();
    });
    tracer.withSpan("b", (span) => records.push(spanOf(manager.active()) === span));
    print([records[0].parentSpanId, records[1]]);
  `);
  assertEquals(result, [SPAN_ID, true]);
});

Deno.test("runIn() makes a context active across awaits, and hands on arguments and errors", async () => {
  const result = await child(`
    const context = rootContext.setValue(Symbol.for("mine"), 1);
    const mine = () => activeContext().getValue(Symbol.for("mine")) ?? null;
    const seen = [mine()];
    const sum = await runIn(context, async (a, b) => {
      await new Promise((resolve) => setTimeout(resolve));
      seen.push(mine());
      return a + b;
    }, 1, 2);
    try {
      runIn(context, () => { throw 0; });
    } catch (error) {
      seen.push(error, mine());
    }
    print([sum, ...seen]);
  `);
  assertEquals(result, [3, null, 1, 0, null]);
});

Deno.test("ambientContext() adds what the process was started under to what is active", async () => {
  const key = `Symbol.for("mine")`;
  const result = await child<unknown[]>(
    `
    const baggage = Symbol.for("OpenTelemetry Baggage Key");
    const seen = (context) => [
      spanContextOf(context)?.spanId,
      context.getValue(${key}) ?? null,
      String(context.getValue(baggage)?.getEntry?.("a")?.value ?? context.getValue(baggage)),
    ];
    const span = { traceId: "${TRACE_ID}", spanId: "1".repeat(16), traceFlags: 1 };
    print([
      seen(ambientContext()),
      runIn(rootContext.setValue(${key}, 1), () => seen(ambientContext())),
      runIn(rootContext.setValue(baggage, "mine"), () => seen(ambientContext())),
      runIn(withSpanContext(rootContext, span), () => seen(ambientContext())),
      ambientContext() !== activeContext(),
    ]);
  `,
    { TRACEPARENT, BAGGAGE: "a=theirs" },
  );
  assertEquals(result, [
    [SPAN_ID, null, "theirs"],
    [SPAN_ID, 1, "theirs"],
    [SPAN_ID, null, "mine"],
    ["1".repeat(16), null, "undefined"],
    true,
  ]);
});

Deno.test("ambientContext() is the active context where the environment names none", async () => {
  const same = await child<boolean>(`
    print(runIn(rootContext.setValue(Symbol(), 1), () => ambientContext() === activeContext()));
  `);
  assertStrictEquals(same, true);
});

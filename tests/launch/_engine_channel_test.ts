import { assertEquals } from "@std/assert";

const DOWN = new URL("../../src/launch/_engine_channel.ts", import.meta.url);
const THERE = new URL("../../src/launch/stdio_launcher.ts", import.meta.url);
const CONTEXT = new URL("../../src/trace/context.ts", import.meta.url);

/** What goes down in a process with these propagators, and what is made of it there. */
async function roundTrip(propagators: string): Promise<unknown> {
  const code = `
    import { contextToWire } from "${DOWN}";
    import { contextFromWire } from "${THERE}";
    import { BAGGAGE_KEY, rootContext, spanContextOf, withSpanContext } from "${CONTEXT}";
    const given = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "a=1,b=2",
      baggage: "key=value",
    };
    const context = contextFromWire(given);
    console.log(JSON.stringify({
      wire: contextToWire(context),
      isRemote: spanContextOf(context)?.isRemote,
      hasBaggage: context.getValue(BAGGAGE_KEY) !== undefined,
      empty: contextToWire(rootContext),
      malformed: contextToWire(contextFromWire({ traceparent: 7, tracestate: [], baggage: {} })),
    }));
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    env: { OTEL_PROPAGATORS: propagators },
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("contextToWire() sends the span down whatever OTEL_PROPAGATORS says, baggage by it", async () => {
  const span = {
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate: "a=1,b=2",
  };
  const rest = { isRemote: true, empty: {}, malformed: {} };
  for (const propagators of ["tracecontext,baggage", "baggage"]) {
    assertEquals(await roundTrip(propagators), {
      wire: { ...span, baggage: "key=value" },
      hasBaggage: true,
      ...rest,
    });
  }
  for (const propagators of ["tracecontext", "none"]) {
    assertEquals(await roundTrip(propagators), { wire: span, hasBaggage: false, ...rest });
  }
});

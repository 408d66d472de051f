/**
 * Switches the tracing of an engine's process off, where its last argument is `untraced`: spans
 * of this process cost what they cost in a program that nobody traces, and none is sent up, not
 * those of processes below either. What the channel carries besides (context, progress, requests,
 * tokens, ready) is as ever, since without it the engine would not work.
 *
 * @module
 */
import type { Uplink } from "../../src/launch/uplink.ts";
import { sink } from "../../src/trace/sink.ts";

if (Deno.args.at(-1) === "untraced") {
  // Nobody waits for spans, and nobody takes them.
  const shared = sink();
  for (const name of ["waiting", "pipe"] as const) {
    Object.defineProperty(shared, name, { get: () => undefined, set: () => {} });
  }
  shared.wanted = false;
  let isConnected = false;
  const deaf: Uplink = { send: () => {}, pass: () => {} };
  Object.defineProperty(globalThis, Symbol.for("coldtrace.v1.launch"), {
    value: {
      get uplink() {
        return isConnected ? deaf : undefined;
      },
      set uplink(uplink: unknown) {
        isConnected = uplink !== undefined;
      },
    },
  });
}

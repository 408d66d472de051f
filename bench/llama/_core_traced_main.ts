// deno-lint-ignore-file no-console
/** An engine core with our tracer: on where a launcher is above, else off. */
import { connectLauncher } from "../../src/launch/launch.ts";
import "../../src/launch/stdio_launcher.ts";
import { getTracer } from "../../src/trace/tracer.ts";
import { startCore } from "./_core_work.ts";
import { exchange } from "./_exchange.ts";
import { TimedTracer } from "./_timed_tracer.ts";

const boot = performance.now();
const timed = new TimedTracer(getTracer("bench"));
const [addon = "", model = ""] = Deno.args;
await timed.withSpan("connect launcher", async () => {
  if (await connectLauncher() === undefined) await exchange();
});
await startCore(timed, { addon, model, readsLog: true });
console.error(JSON.stringify({ ...timed.times, "runtime boot": boot }));
Deno.exit();

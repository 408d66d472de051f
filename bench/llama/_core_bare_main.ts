// deno-lint-ignore-file no-console
/** An engine core without a tracer, which its module graph does not even have. */
import { startCore } from "./_core_work.ts";
import { exchange } from "./_exchange.ts";
import { TimedTracer } from "./_timed_tracer.ts";

const boot = performance.now();
const timed = new TimedTracer();
const [addon = "", model = "", mode] = Deno.args;
await timed.withSpan("connect launcher", exchange);
await startCore(timed, { addon, model, readsLog: mode === "log" });
console.error(JSON.stringify({ ...timed.times, "runtime boot": boot }));
Deno.exit();

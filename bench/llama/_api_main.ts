// deno-lint-ignore-file no-console
/**
 * The API server's own code, which downloads its model, up to its first token: `bare`, without a
 * tracer; or with ours, which is on where a launcher is above, else off. The core below is the
 * same each time.
 */
import { channelOf } from "../../src/launch/channel.ts";
import { connectLauncher } from "../../src/launch/launch.ts";
import "../../src/launch/stdio_launcher.ts";
import { ApiServer } from "../../src/llama/api/server.ts";
import { DEFAULTS } from "../../src/llama/options.ts";
import { rootContext } from "../../src/trace/context.ts";
import { getTracer } from "../../src/trace/tracer.ts";
import { exchange } from "./_exchange.ts";
import { TimedTracer } from "./_timed_tracer.ts";

const [addon = "", model = "", modelDir = "", mode] = Deno.args;
const timed = new TimedTracer(mode === "bare" ? undefined : getTracer("bench"), (name) => {
  if (name !== "first token") return;
  console.error(JSON.stringify(timed.times));
  server.stop();
});
const launcher = mode === "bare" ? undefined : await connectLauncher();
if (launcher === undefined) await exchange();
const server = new ApiServer({ ...DEFAULTS, port: 0, addon, model, modelDir }, {
  tracer: timed.tracer,
  launcher: launcher ?? { context: rootContext, ready() {}, closed: new Promise(() => {}) },
  channel: launcher
    ? channelOf(launcher)
    : { send: () => Promise.resolve(), pass() {}, onMessage() {}, skipped: 0 },
  afterLaunch: () => {},
});
const failure = await server.run();
if (failure !== undefined) console.error(failure);
Deno.exit(failure === undefined ? 0 : 1);

/**
 * The API server's process: HTTP in front of an engine core that it launches.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { channelOf } from "../launch/channel.ts";
import { connectLauncher } from "../launch/launch.ts";
// With the others, before the first phase that is not loading modules: it is needed at once.
import "../launch/stdio_launcher.ts";
import { getTracer } from "../trace/tracer.ts";
import { ApiServer } from "./api/server.ts";
import { parseEngineOptions, parseFlags } from "./options.ts";
import { traceConnection } from "./phase.ts";

const booted = performance.now();
const launcher = await connectLauncher();
const connected = performance.now();
if (launcher === undefined) {
  console.error("Cannot start API server as it must be launched: use 'deno task serve'");
  Deno.exit(2);
}

const { context } = launcher;
const tracer = getTracer("coldtrace.llama");
const flags = parseFlags(Deno.args);
const server = new ApiServer({
  ...parseEngineOptions(flags),
  addon: String(flags.addon),
  model: String(flags.model),
  ...(flags["model-dir"] !== undefined && { modelDir: String(flags["model-dir"]) }),
}, {
  tracer,
  launcher,
  channel: channelOf(launcher),
  // The tracer's first use takes milliseconds, in which the core's process can already start.
  afterLaunch: () => traceConnection(tracer, context, booted, connected),
});

launcher.closed.then(() => server.stop());
for (
  const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const
) {
  Deno.addSignalListener(signal, () => server.stop());
}

// Whatever it is, it is one line for people; a trace of the stack helps none of them.
const failure = await server.run();
if (failure !== undefined) console.error(failure);
Deno.exit(failure === undefined ? 0 : 1);

/**
 * The engine core's process: llama.cpp with one model, at the lower end of a channel.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { channelOf } from "../launch/channel.ts";
import { connectLauncher } from "../launch/launch.ts";
// With the others, before the first phase that is not loading modules: it is needed at once.
import "../launch/stdio_launcher.ts";
import { getTracer } from "../trace/tracer.ts";
import { LlamaEngine } from "./core/engine.ts";
import { Phases } from "./core/phases.ts";
import { traceConnection } from "./phase.ts";
import { parseEngineOptions, parseFlags } from "./options.ts";
import { type CoreReply, type CoreRequest, MAX_TEXT } from "./protocol.ts";

/** How long the core may take to end by itself once nobody is above it, in ms. */
const END_DEADLINE = 1000;

const booted = performance.now();
const launcher = await connectLauncher();
if (launcher === undefined) {
  console.error("Cannot start engine core as it must be launched by the API server");
  Deno.exit(2);
}

const tracer = getTracer("coldtrace.llama");
traceConnection(tracer, launcher.context, booted);
const flags = parseFlags(Deno.args);
const options = { ...parseEngineOptions(flags), addon: String(flags.addon) };
const channel = channelOf(launcher);
const send = (reply: CoreReply) => void channel.send({ ...reply });
const engine = new LlamaEngine(
  new Phases(tracer, launcher.context, (p) => channel.pass({ type: "progress", ...p })),
  options,
  send,
);

const load = Promise.withResolvers<CoreRequest & { type: "load" }>();
// It can be rejected before anybody waits for it.
load.promise.catch(() => {});
channel.onMessage((message) => {
  const request = message as unknown as CoreRequest;
  if (request.type === "load") load.resolve(request);
  else engine.handle(request);
});
// A signal to the whole process group reaches the core too, but the API server says when to end:
// what it has begun to answer may still need the core.
for (const signal of Deno.build.os === "windows" ? [] : ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {});
}
let isOpen = false;
let ending = false;
launcher.closed.then(end);

const started = start();
await started;

async function start(): Promise<void> {
  try {
    await engine.open();
    isOpen = true;
    const { model, chatTemplate } = await load.promise;
    const loaded = await engine.load(model, chatTemplate);
    send({ type: "loaded", ...loaded });
    launcher?.ready();
  } catch (error) {
    if (ending) return;
    send({ type: "failed", message: (await explain(error as Error)).slice(0, MAX_TEXT) });
    Deno.exit(1);
  }
}

/** The API server is gone, or wants it: ends as soon as llama.cpp is idle. */
async function end(): Promise<void> {
  ending = true;
  setTimeout(() => Deno.exit(0), END_DEADLINE);
  load.reject(new Error("The API server is gone"));
  await engine.stop();
  await started;
  Deno.exit(0);
}

/** One line that says why the core cannot start. */
async function explain(error: Error): Promise<string> {
  if (isOpen || error.name === "LlamaError") return error.message;
  const { explainLoadError } = await import("./addon.ts");
  return explainLoadError(error);
}

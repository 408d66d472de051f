import { type Channel, channelOf } from "../../launch/channel.ts";
import { exitAttributes } from "../../launch/exit_status.ts";
import { launchEngine } from "../../launch/launch.ts";
import type { Engine } from "../../launch/types.ts";
import type { Launcher } from "../../launch/types.ts";
// With the others: it is needed as soon as this runs.
import "../../launch/running_engine.ts";
import type { Span, Tracer } from "../../trace/types.ts";
import { within } from "../../trace/within.ts";
import { coreCommand, type EngineFiles, hostAndPort } from "../command.ts";
import {
  describeModelSource,
  modelPath,
  type ModelSource,
  parseModelSource,
} from "../model/source.ts";
import type { EngineOptions } from "../options.ts";
import { tracePhase } from "../phase.ts";
import type { LoadedModel, Progress, ServerNotice } from "../protocol.ts";
import { ChannelCoreClient } from "./core_client.ts";
import { Queue } from "./queue.ts";
import { modelFile, readModelConfig } from "./read_model.ts";
import { StatusBoard } from "./status.ts";

/** Requests that wait while others are answered; more are refused. */
const MAX_WAITING = 64;
/** How long requests may go on after the engine was told to stop, in ms. */
const DRAIN_TIME = 2000;
/** How long the last answers may take to be sent, and new requests are told why, in ms. */
const LINGER_TIME = 500;
/** How long the core may take to end, in ms. */
const CORE_GRACE = 1000;
/** What the server works with. */
export interface ServerParts {
  tracer: Tracer;
  launcher: Launcher;
  /** The way to the launcher, for what is not part of the trace. */
  channel: Channel;
  /** Called when the core's process has been spawned, or could not be: for what can wait so long. */
  afterLaunch: () => void;
}

/** The API server: starts the core, serves until it is told to stop, and ends what it started. */
export class ApiServer {
  readonly #options: EngineOptions & EngineFiles;
  readonly #parts: ServerParts;
  readonly #status = new StatusBoard();
  readonly #queue: Queue;
  readonly #stopping = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  #core: Engine | undefined;
  /** How the core ended, and what that means here. */
  #coreEnd: { status: Deno.CommandStatus; failure: string } | undefined;
  #client: ChannelCoreClient | undefined;
  #http: Deno.HttpServer | undefined;
  #served = false;

  constructor(options: EngineOptions & EngineFiles, parts: ServerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#queue = new Queue(options.parallel + MAX_WAITING);
    this.#failed.promise.catch(() => {});
  }

  /** Serves until it is told to stop (undefined) or fails (why). Nothing is left running then. */
  async run(): Promise<string | undefined> {
    try {
      const serving = this.#start().then(() => this.#failed.promise);
      await Promise.race([serving, this.#failed.promise, aborted(this.#stopping.signal)]);
      this.#status.end("stopping");
      await within(DRAIN_TIME, this.#queue.empty());
      return undefined;
    } catch (error) {
      this.#status.end("failed");
      return (error as Error).message;
    } finally {
      await this.#close();
    }
  }

  /** Stops it: what has begun may end, nothing new begins. */
  stop(): void {
    this.#stopping.abort();
  }

  async #start(): Promise<void> {
    const { addon, model, modelDir = "" } = this.#options;
    const source = parseModelSource(model);
    const path = modelPath(source, modelDir);
    const name = modelFile(path).replace(/\.gguf$/i, "");
    const client = await this.#launchCore({ addon, model: path });
    const [url] = await Promise.all([
      this.#listen(client, name),
      this.#loadModel(client, source, path),
    ]);
    const loaded = await client.loaded;
    await this.#announce(client, { ...loaded, url, model: name });
    await this.#firstToken(client);
  }

  async #launchCore(files: { addon: string; model: string }): Promise<ChannelCoreClient> {
    const { args, env } = coreCommand(this.#options, files);
    const { tracer, launcher: { context }, afterLaunch } = this.#parts;
    const began = performance.now();
    let core: Engine;
    try {
      core = await launchEngine(Deno.execPath(), {
        args,
        env,
        channel: "stdio",
        name: "engine core",
        gracePeriod: CORE_GRACE,
        context,
      });
    } finally {
      const ended = performance.now();
      afterLaunch();
      // To spawn a process takes its parent milliseconds, too.
      const attributes = { "coldtrace.phase": "spawn" };
      tracer.startSpan("spawn engine core", { startTime: began, attributes }, context).end(ended);
    }
    this.#core = core;
    // Its end is noticed below, and its reason told by `loaded`.
    core.ready.catch(() => {});
    const client = new ChannelCoreClient(channelOf(core), (progress) => this.#progress(progress));
    this.#client = client;
    client.loaded.catch((error) => this.#failed.reject(error));
    core.status.then((status) => this.#onCoreEnd(client, status));
    return client;
  }

  async #loadModel(client: ChannelCoreClient, source: ModelSource, path: string): Promise<void> {
    if (source.kind !== "file") await this.#download(source);
    const config = await this.#phase("read model config", "config", (span) => {
      const config = readModelConfig(path);
      span.setAttributes(config.attributes);
      return config;
    });
    client.load(path, config.chatTemplate);
  }

  async #download(source: ModelSource): Promise<void> {
    await this.#phase("download model", "download", async (span) => {
      span.setAttribute("llama.model.source", describeModelSource(source));
      const { downloadModel } = await import("../model/download.ts");
      const { received, checksum } = await downloadModel(source, this.#options.modelDir ?? "", {
        env: Deno.env.toObject(),
        signal: this.#stopping.signal,
        onProgress: ({ bytes, total }) =>
          this.#progress({ phase: "download", ...(total && { fraction: bytes / total }) }),
      });
      span.setAttributes({ "llama.download.bytes": received, "llama.download.checksum": checksum });
    });
  }

  #onCoreEnd(client: ChannelCoreClient, status: Deno.CommandStatus): void {
    const now = this.#status.current;
    // A signal to the whole process group reaches it too, and it may not have been able to wait.
    if (now.state === "loading" && status.signal === "SIGTERM") return this.stop();
    const how = status.signal === null ? `code ${status.code}` : status.signal;
    const when = now.state === "loading" ? ` in phase '${now.phase}'` : "";
    const failure = `Cannot go on as the engine core ended with ${how}${when}`;
    this.#coreEnd = { status, failure };
    this.#status.end("failed");
    client.end("The engine core has ended");
    this.#failed.reject(new Error(failure));
  }

  async #listen(client: ChannelCoreClient, model: string): Promise<string> {
    const { createApp } = await this.#phase("import modules", "import", () => import("./app.ts"));
    const { host, port } = this.#options;
    return this.#phase("listen HTTP", "http", (span) => {
      const status = this.#status;
      const app = createApp({ core: client, model, status, queue: this.#queue });
      try {
        this.#http = Deno.serve({ hostname: host, port, onListen: () => {} }, app.fetch);
      } catch (error) {
        throw new Error(`Cannot listen on ${hostAndPort(host, port)} as ${reasonOf(error)}`);
      }
      const { port: actual } = this.#http.addr as Deno.NetAddr;
      span.setAttributes({ "server.address": host, "server.port": actual });
      return `http://${hostAndPort(host, actual)}`;
    });
  }

  async #announce(
    client: ChannelCoreClient,
    notice: LoadedModel & { url: string; model: string },
  ): Promise<void> {
    await this.#phase("announce ready", "ready", async () => {
      await client.ping();
      this.#status.ready();
      this.#served = true;
      this.#tell({ type: "serving", ...notice });
    });
    this.#parts.launcher.ready({ "url.full": notice.url, "llama.model": notice.model });
  }

  /** One token of an answer to nobody: a start is over when there is one. */
  async #firstToken(client: ChannelCoreClient): Promise<void> {
    await this.#phase("first token", "first_token", async (span) => {
      const generation = client.generate({
        prompt: { text: "Hello" },
        maxTokens: 1,
        temperature: 0,
        topP: 1,
        presencePenalty: 0,
        frequencyPenalty: 0,
        stop: [],
      });
      for (;;) {
        const event = await generation.next().catch((error) => {
          // The span of the core's process has ended, so that this one has to say how it died.
          throw this.#coreEnd ? endOfCore(this.#coreEnd, span) : error;
        });
        if (event.type === "accepted") {
          span.setAttribute("gen_ai.usage.input_tokens", event.promptTokens);
        } else if (event.type === "error") {
          throw new Error(`Cannot make a first token as llama.cpp failed: ${event.message}`);
        } else return;
      }
    });
  }

  async #close(): Promise<void> {
    this.#client?.end("The engine is stopping");
    // Clients of a core that died ask again at once, and should be told what happened.
    const { state } = this.#status.current;
    if (this.#served && state === "failed") await within(LINGER_TIME, new Promise(() => {}));
    if (this.#http !== undefined) await within(LINGER_TIME, this.#http.shutdown());
    await this.#core?.stop();
  }

  #phase<T>(name: string, phase: string, fn: (span: Span) => T | Promise<T>): Promise<T> {
    const { tracer, launcher } = this.#parts;
    const options = { attributes: { "coldtrace.phase": phase } };
    return tracePhase(tracer, launcher.context, [name, options], fn);
  }

  #progress(progress: Progress): void {
    this.#status.loading(progress);
    this.#parts.channel.pass({ ...progress, type: "progress" } satisfies ServerNotice);
  }

  #tell(notice: ServerNotice): void {
    this.#parts.channel.send({ ...notice });
  }
}

/** Tells a span how the core ended; the error says what that means. */
function endOfCore(
  { status: { code, signal }, failure }: { status: Deno.CommandStatus; failure: string },
  span: Span,
): Error {
  span.setAttributes(exitAttributes({ code, signal }));
  return new Error(failure);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the port is in use";
  if (error instanceof Deno.errors.AddrNotAvailable) return "this machine has no such address";
  if (error instanceof Deno.errors.PermissionDenied) return "the system does not permit it";
  return (error as Error).message;
}

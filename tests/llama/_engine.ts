import { channelOf } from "../../src/launch/channel.ts";
import { launchEngine } from "../../src/launch/launch.ts";
import type { Engine, LaunchEngineOptions } from "../../src/launch/types.ts";
import { resolveAddon } from "../../src/llama/addon.ts";
import { apiCommand, coreCommand, type EngineFiles } from "../../src/llama/command.ts";
import { ensureDefaultModel } from "../../src/llama/model/default_model.ts";
import { DEFAULTS, type EngineOptions } from "../../src/llama/options.ts";

/** Whatever a test wants other than the defaults. */
export type TestOptions = Partial<EngineOptions & EngineFiles> & {
  launch?: LaunchEngineOptions;
  onMessage?: (message: Message) => void;
};

/** What an engine says by its channel. */
export type Message = Record<string, unknown>;

interface Waiting {
  wanted: (message: Message) => boolean;
  resolve: (message: Message) => void;
}

/** A folder with what engines need, for the tests of one file. */
export class Workshop implements AsyncDisposable {
  readonly dir: string;
  /** The folder of the addon. */
  readonly addon: string;
  /** The default model. */
  readonly model: string;

  constructor(dir: string, addon: string, model: string) {
    this.dir = dir;
    this.addon = addon;
    this.model = model;
  }

  static async open(): Promise<Workshop> {
    const dir = await Deno.makeTempDir({ prefix: "coldtrace_llama_" });
    const [{ folder }, { path }] = await Promise.all([resolveAddon(dir), ensureDefaultModel(dir)]);
    return new Workshop(dir, folder, path);
  }

  /** Launches an API server on a free port. */
  async launch(options: TestOptions = {}): Promise<TestEngine> {
    const { launch, onMessage, ...rest } = options;
    const { addon, model } = this;
    const { args, env } = apiCommand({ ...DEFAULTS, port: 0, addon, model, ...rest });
    return await TestEngine.launch({ args, env, name: "API server", ...launch }, onMessage);
  }

  /** Launches an engine core alone. */
  async launchCore(options: TestOptions = {}): Promise<TestEngine> {
    const { launch, onMessage, ...rest } = options;
    const { addon, model } = this;
    const { args, env } = coreCommand({ ...DEFAULTS, ...rest }, { addon, model, ...rest });
    return await TestEngine.launch({ args, env, name: "engine core", ...launch }, onMessage);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** A launched engine, with its messages and what it says on stderr. */
export class TestEngine implements AsyncDisposable {
  readonly engine: Engine;
  readonly messages: Message[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #stderr: Promise<string>;
  readonly #stdout: Promise<string>;

  constructor(engine: Engine, onMessage?: (message: Message) => void) {
    this.engine = engine;
    this.#stderr = new Response(engine.stderr ?? null).text();
    this.#stdout = new Response(engine.stdout ?? null).text();
    channelOf(engine).onMessage((message) => {
      this.messages.push(message);
      onMessage?.(message);
      for (const { wanted, resolve } of this.#waiting) {
        if (wanted(message)) resolve(message);
      }
    });
  }

  static async launch(
    options: LaunchEngineOptions,
    onMessage?: (message: Message) => void,
  ): Promise<TestEngine> {
    const engine = await launchEngine(Deno.execPath(), {
      channel: "stdio",
      stdout: "piped",
      stderr: "piped",
      ...options,
    });
    return new TestEngine(engine, onMessage);
  }

  /** Resolves with the address when it serves. */
  async url(): Promise<string> {
    await this.engine.ready;
    const notice = this.messages.find(({ type }) => type === "serving");
    return String(notice?.url);
  }

  /** The first message of a type that has come, or will come. */
  message(type: string): Promise<Message> {
    const known = this.messages.find((message) => message.type === type);
    return known ? Promise.resolve(known) : this.nextMessage((message) => message.type === type);
  }

  /** The next message that is wanted. */
  nextMessage(wanted: (message: Message) => boolean): Promise<Message> {
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#waiting.push({ wanted, resolve });
    return promise;
  }

  /** The message that ends a request. */
  lastMessage(id: number): Promise<Message> {
    return this.nextMessage((message) =>
      message.id === id && (message.type === "done" || message.type === "error")
    );
  }

  send(message: Message): Promise<void> {
    return channelOf(this.engine).send(message);
  }

  /** The process id of the engine core below it. */
  corePid(): number {
    const span = this.engine.spans().find(({ name }) => name === "process engine core");
    const pid = Number(span?.attributes["process.pid"]);
    if (pid > 0) return pid;
    throw new Error("The core was not launched");
  }

  /** How it ended, and what it said. */
  async end(): Promise<{ code: number; stderr: string; stdout: string }> {
    const [{ code }, stderr, stdout] = await Promise.all([
      this.engine.status,
      this.#stderr,
      this.#stdout,
    ]);
    return { code, stderr: stderr.trim(), stdout };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
  }
}

/** Whether a process is running: it exists and is no zombie that nobody has waited for. */
export async function isRunning(pid: number): Promise<boolean> {
  const { stdout, success } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/stat`],
    stderr: "null",
  }).output();
  const state = new TextDecoder().decode(stdout).replace(/^.*\) /s, "")[0];
  return success && state !== "Z" && state !== "X";
}

/** Waits until a process is gone, of which the system tells nobody but its parent. */
export async function gone(pid: number): Promise<boolean> {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (!await isRunning(pid)) return true;
  }
  return false;
}

/** Posts JSON. */
export function post(url: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
}

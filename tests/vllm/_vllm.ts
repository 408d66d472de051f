/**
 * Real starts of vLLM, where it is installed: `COLDTRACE_TEST_VLLM` names its virtual environment,
 * and `COLDTRACE_TEST_MODELS` a folder with two tiny models, `dummy` (no weights) and `tiny`.
 */
import { assert } from "@std/assert";
import { startReceiver } from "../../src/sources/receiver.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { freePort, type RunCall, type RunChild, type RunEnded, RunYard } from "../cli/_run_yard.ts";

const VENV = Deno.env.get("COLDTRACE_TEST_VLLM");
const MODELS = Deno.env.get("COLDTRACE_TEST_MODELS");

/** Whether there is a vLLM to start. */
export const hasVllm: boolean = VENV !== undefined && MODELS !== undefined;

/** A program of vLLM's virtual environment. */
export function programOf(name: string): string {
  return `${VENV}/bin/${name}`;
}

/** The folder of a model. */
export function modelOf(name: string): string {
  return `${MODELS}/${name}`;
}

/** Where a start of vLLM is to be seen from outside, by a clock that is not coldtrace's. */
export interface Outside {
  /** When `/health` first answered with success. */
  ready?: bigint;
  /** When the answer with the first token had come. */
  firstToken?: bigint;
}

/** Folders and variables for starts of vLLM, with caches of their own. */
export class VllmYard implements AsyncDisposable {
  /** In the home folder, since the probe takes no folder that is shared. */
  readonly folder: string;
  readonly yard: RunYard;
  readonly #started: RunChild[] = [];

  constructor() {
    this.folder = Deno.makeTempDirSync({
      dir: Deno.env.get("HOME") ?? ".",
      prefix: ".coldtrace-vllm-",
    });
    this.yard = new RunYard(this.folder);
  }

  /** The variables of a start; `caches` names the folder of its caches. */
  env(caches: string): Record<string, string> {
    return {
      HF_HUB_OFFLINE: "1",
      VLLM_CPU_KVCACHE_SPACE: "1",
      VLLM_NO_USAGE_STATS: "1",
      VLLM_CPU_OMP_THREADS_BIND: "nobind",
      VLLM_CACHE_ROOT: `${this.folder}/${caches}/vllm`,
      TORCHINDUCTOR_CACHE_DIR: `${this.folder}/${caches}/inductor`,
      PYTHONUNBUFFERED: "1",
    };
  }

  /** The command of a start, on `port`. */
  command(model: string, port: number, ...flags: string[]): string[] {
    return [
      programOf("vllm"),
      "serve",
      model,
      "--max-model-len",
      "128",
      "--dtype",
      "float32",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      ...flags,
    ];
  }

  /** Starts `coldtrace run`. */
  spawn(command: string[], call?: RunCall): RunChild {
    const run = this.yard.spawn(command, call);
    this.#started.push(run);
    return run;
  }

  /** Starts it until its first token, and stops it, seen from outside as well. */
  async measure(
    model: string,
    flags: string[],
    { caches = "warm", options = [] }: { caches?: string; options?: string[] } = {},
  ): Promise<RunEnded & { outside: Outside }> {
    const port = freePort();
    const outside: Outside = {};
    await using proxy = watchRequests(port, outside);
    const command = this.command(model, port, ...flags);
    const url = `http://127.0.0.1:${proxy.addr.port}/health`;
    const run = this.spawn(command, {
      options: ["--ready-url", url, "--stop", ...options],
      env: this.env(caches),
    });
    return { ...await run.ended(), outside };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Of a test that failed: vLLM does not hear a SIGTERM while it loads.
    for (const { child } of this.#started) {
      try {
        child.kill("SIGQUIT");
      } catch {
        continue; // Ended.
      }
      await child.status;
    }
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A place that the user has named for spans, which takes them over HTTP in protobuf. */
export class Destination implements AsyncDisposable {
  /** All that came. */
  readonly spans: SpanRecord[] = [];
  readonly #receiver = startReceiver({
    forward: (spans) => {
      this.spans.push(...spans);
      this.#came.resolve();
      this.#came = Promise.withResolvers();
    },
  });
  #came = Promise.withResolvers<void>();

  /** Where it is. */
  get endpoint(): string {
    return this.#receiver.endpoint;
  }

  /** Those of a name, once there are so many. */
  async named(name: string, count: number): Promise<SpanRecord[]> {
    for (;;) {
      const { promise } = this.#came;
      const found = this.spans.filter((span) => span.name === name);
      if (found.length >= count) return found;
      await promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver.stop();
  }
}

/** Asks for one token, without a trace context, so many times one after the other. */
export async function askForTokens(port: number, model: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, prompt: "Hello", max_tokens: 1 }),
    });
    await answer.body?.cancel();
    assert(answer.ok, `${answer.status}`);
  }
}

/** Asks until something answers with success; when it did. */
export async function readyAt(url: string): Promise<bigint> {
  for (;;) {
    try {
      const answer = await fetch(url);
      await answer.body?.cancel();
      if (answer.ok) return now();
    } catch {
      // Not yet there.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Nanoseconds since the Unix epoch. */
export function now(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
}

/** Stands before an engine and notes when it first answers what. */
function watchRequests(port: number, outside: Outside): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = request.body === null ? undefined : await request.arrayBuffer();
    try {
      const response = await fetch(`http://127.0.0.1:${port}${pathname}`, {
        method: request.method,
        headers: { "content-type": "application/json", connection: "close" },
        ...(body !== undefined && { body }),
      });
      const answer = await response.arrayBuffer();
      if (response.ok && pathname === "/health") outside.ready ??= now();
      if (response.ok && pathname === "/v1/completions") outside.firstToken ??= now();
      return new Response(answer, { status: response.status });
    } catch {
      return new Response(null, { status: 502 });
    }
  });
}

/** How far two moments are from each other, in milliseconds. */
export function distance(a: bigint | undefined, b: bigint | undefined): number {
  assert(a !== undefined && b !== undefined);
  return Math.abs(Number(a - b)) / 1e6;
}

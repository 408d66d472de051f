/**
 * SGLang (0.4 to 0.5): `sglang serve` and `python -m sglang.launch_server`.
 *
 * Sources: its documentation and logs of others; no start of it was run. `/health` is refused until
 * the model is loaded, then 503 until the warm-up request has come back
 * (https://github.com/sgl-project/sglang/pull/8444). It reads no context from its environment, and
 * sends spans of requests only.
 *
 * @module
 */
import { type Invocation, invocationOf, Options } from "./command_line.ts";
import { OPENAI_FIRST_TOKEN } from "./openai.ts";
import type { EngineProfile, Recognised } from "./profile.ts";

/** Options that take no value, of those that may stand before the model. */
const FLAGS = /^--(?:(?:enable|disable|skip)-.+|trust-remote-code|log-requests)$/;
/** Arguments that say what is started, and what they are called as attributes. */
const FACTS: Readonly<Record<string, readonly string[]>> = {
  "coldtrace.engine.load_format": ["--load-format"],
  "coldtrace.engine.dtype": ["--dtype"],
  "coldtrace.engine.quantization": ["--quantization"],
  "coldtrace.engine.tensor_parallel_size": ["--tp-size", "--tp", "--tensor-parallel-size"],
  "coldtrace.engine.max_model_len": ["--context-length"],
  "coldtrace.engine.model_revision": ["--revision"],
};

/** Where it listens by default. */
const ADDRESS = { host: "127.0.0.1", port: 30_000 };

/** SGLang. */
export const SGLANG: EngineProfile = {
  id: "sglang",
  name: "SGLang",
  recognise,
  address: ADDRESS,
  readiness: {
    path: "/health",
    firstToken: OPENAI_FIRST_TOKEN,
  },
  python: { package: "sglang", functions: () => Promise.resolve([]) },
  log: async () => (await import("./sglang_log.ts")).SGLANG_LOG,
};

function recognise(command: readonly string[]): Recognised | undefined {
  const invocation = invocationOf(command);
  const args = invocation && serveArgs(invocation);
  if (args === undefined) return undefined;
  const options = new Options(args, FLAGS);
  const model = options.get("--model-path", "--model") ?? options.operands[0];
  const served = options.get("--served-model-name") ?? model;
  const apiKey = options.get("--api-key");
  return {
    ...(served !== undefined && { model: served }),
    host: options.get("--host") ?? ADDRESS.host,
    port: options.port("--port") ?? ADDRESS.port,
    tls: options.get("--ssl-certfile") !== undefined,
    ...(apiKey !== undefined && { apiKey }),
    ...(options.has("--enable-trace") && { tracesRequests: true }),
    facts: {
      ...(model !== undefined && { "coldtrace.engine.model": model }),
      ...options.facts(FACTS),
    },
  };
}

/** The arguments of the server, if it is that. */
function serveArgs({ program, isModule, args }: Invocation): readonly string[] | undefined {
  if (isModule && program === "sglang.launch_server") return args;
  return program === "sglang" && args[0] === "serve" ? args.slice(1) : undefined;
}

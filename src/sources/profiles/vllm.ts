/**
 * vLLM (0.17 to 0.32): `vllm serve`, and its modules.
 *
 * Sources: real starts of vLLM 0.32.0 on CPU, and the code of 0.17.1 to 0.32.0.
 *
 * @module
 */
import type { RecordValue } from "../../trace/record.ts";
import { type Invocation, invocationOf, Options } from "./command_line.ts";
import { OPENAI_FIRST_TOKEN } from "./openai.ts";
import type { EngineProfile, Recognised } from "./profile.ts";

const MODULES = ["vllm.entrypoints.openai.api_server", "vllm.entrypoints.api_server"];
/** Options that take no value, of which one may stand before the model. */
const FLAGS =
  /^--(no|enable|disable|enforce|trust|skip|use|return|async|headless|language-model-only)(-|$)/;
/** Arguments that say what is started, and what they are called as attributes. */
const FACTS: Readonly<Record<string, readonly string[]>> = {
  "coldtrace.engine.load_format": ["--load-format"],
  "coldtrace.engine.dtype": ["--dtype"],
  "coldtrace.engine.quantization": ["--quantization", "-q"],
  "coldtrace.engine.tensor_parallel_size": ["--tensor-parallel-size", "-tp"],
  "coldtrace.engine.pipeline_parallel_size": ["--pipeline-parallel-size", "-pp"],
  "coldtrace.engine.data_parallel_size": ["--data-parallel-size", "-dp"],
  "coldtrace.engine.max_model_len": ["--max-model-len"],
  "coldtrace.engine.model_revision": ["--revision"],
};

/** Where it listens by default. */
const ADDRESS = { host: "0.0.0.0", port: 8000 };

/** vLLM. */
export const VLLM: EngineProfile = {
  id: "vllm",
  name: "vLLM",
  recognise,
  address: ADDRESS,
  readiness: {
    path: "/health",
    firstToken: { ...OPENAI_FIRST_TOKEN, keyVariable: "VLLM_API_KEY" },
  },
  python: {
    package: "vllm",
    functions: async () => (await import("./vllm_functions.ts")).VLLM_FUNCTIONS,
    ready: "uvicorn.server:Server.startup",
  },
  otlp: {
    env: (endpoint) => ({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
      // gRPC is what it takes otherwise.
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
      // Otherwise what is ended in the last five seconds before a kill is lost.
      OTEL_BSP_SCHEDULE_DELAY: "200",
    }),
    protocol: "grpc",
    containers: [
      "Overall Loading",
      "AsyncMPClient init",
      "SyncMPClient init",
      "EngineCoreProc init",
      "Executor init",
      "Prepare model",
    ],
    requests: ["llm_request"],
    phases: {
      "API server setup": "http",
      "Overall Loading": "engine",
      "AsyncMPClient init": "engine",
      "SyncMPClient init": "engine",
      "EngineCoreProc init": "engine",
      "Executor init": "engine",
      "Worker init": "worker",
      "Init device": "device",
      "Loading (GPU)": "weights",
      "Loading (CPU)": "weights",
      "Load model": "weights",
      "Initialize model": "weights",
      "Load weights": "weights",
      "Download weights - HF": "download",
      "Prepare model": "kv_cache",
      "Allocate KV cache": "kv_cache",
      "Warmup (GPU)": "warmup",
      "Warmup (CPU)": "warmup",
      "Dynamo bytecode transform": "compile",
      "Inductor compilation": "compile",
      "Compile graph": "compile",
      "Capture model": "graphs",
    },
  },
  log: async () => (await import("./vllm_log.ts")).VLLM_LOG,
};

function recognise(command: readonly string[]): Recognised | undefined {
  const invocation = invocationOf(command);
  const args = invocation && serveArgs(invocation);
  if (args === undefined) return undefined;
  const options = new Options(args, FLAGS);
  const model = options.get("--model") ?? options.operands[0];
  // Behind a socket of Unix's, in a file that is not read here, or nowhere.
  const isElsewhere = options.has("--headless") || options.get("--uds") !== undefined ||
    options.get("--config") !== undefined && options.get("--port") === undefined;
  const facts: Record<string, RecordValue> = options.facts(FACTS);
  if (options.has("--enforce-eager")) facts["coldtrace.engine.enforce_eager"] = true;
  const apiKey = options.get("--api-key");
  const endpoint = options.get("--otlp-traces-endpoint");
  const outOfReach = outOfReachOf(options);
  return {
    ...(model !== undefined && { model: options.get("--served-model-name") ?? model }),
    ...(!isElsewhere && {
      host: options.get("--host") ?? ADDRESS.host,
      port: options.port("--port") ?? ADDRESS.port,
      tls: options.get("--ssl-certfile") !== undefined,
    }),
    ...(apiKey !== undefined && { apiKey }),
    ...(endpoint !== undefined && { endpoint, tracesRequests: true }),
    ...(outOfReach !== undefined && { outOfReach }),
    facts: { ...(model !== undefined && { "coldtrace.engine.model": model }), ...facts },
  };
}

/** Ray does not hand our environment on to its actors, and other hosts are not ours to look at. */
function outOfReachOf(options: Options): string | undefined {
  if (options.get("--distributed-executor-backend", "--data-parallel-backend") === "ray") {
    return "Ray's actors are out of reach: what is waited for there is unattributed";
  }
  const nodes = Number(options.get("--nnodes") ?? 1);
  const isPart = options.has("--headless") || options.get("--data-parallel-address") !== undefined;
  if (nodes > 1 || isPart) {
    return "Other hosts are out of reach: what is waited for there is unattributed";
  }
  return undefined;
}

/** The arguments behind `serve`, if it is that. */
function serveArgs({ program, isModule, args }: Invocation): readonly string[] | undefined {
  if (isModule && MODULES.includes(program)) return args;
  const isMain = program === "vllm" || isModule && program === "vllm.entrypoints.cli.main";
  return isMain && args[0] === "serve" ? args.slice(1) : undefined;
}

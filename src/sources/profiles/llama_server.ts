/**
 * llama.cpp's `llama-server`.
 *
 * Sources: its documentation (`tools/server/README.md`) and logs of others; no start of it was run. It
 * listens before it loads, and `/health` says 503 until the model is loaded.
 *
 * @module
 */
import type { RecordValue } from "../../trace/record.ts";
import { invocationOf, Options } from "./command_line.ts";
import { OPENAI_FIRST_TOKEN } from "./openai.ts";
import type { EngineProfile, Recognised } from "./profile.ts";

/** Options that take no value, since in `--jinja -m M` the model would be taken for one. */
const FLAGS = new RegExp(
  "^(?:--no-.+|--(?:jinja|mlock|metrics|props|slots|embeddings?|rerank(?:ing)?|verbose|offline|" +
    "webui|swa-full|context-shift|cont-batching|check-tensors|kv-unified|log-timestamps|log-prefix|" +
    "log-disable|special)|-(?:v|cb|nkvo|kvu|sp|cmoe|nocb))$",
);

/** Where it listens by default. */
const ADDRESS = { host: "127.0.0.1", port: 8080 };

/** llama-server. */
export const LLAMA_SERVER: EngineProfile = {
  id: "llama-server",
  name: "llama-server",
  recognise,
  address: ADDRESS,
  readiness: {
    path: "/health",
    firstToken: { ...OPENAI_FIRST_TOKEN, keyVariable: "LLAMA_API_KEY" },
  },
  log: async () => (await import("./llama_server_log.ts")).LLAMA_SERVER_LOG,
};

function recognise(command: readonly string[]): Recognised | undefined {
  const invocation = invocationOf(command);
  if (invocation?.program !== "llama-server" || invocation.isModule) return undefined;
  const options = new Options(invocation.args, FLAGS);
  const model = options.get("-m", "--model", "-hf", "-hfr", "--hf-repo", "-mu", "--model-url");
  const context = Number(options.get("-c", "--ctx-size") ?? NaN);
  // Several keys may be given; each opens it.
  const [apiKey] = options.get("--api-key")?.split(",") ?? [];
  const served = options.get("-a", "--alias") ?? model;
  const facts: Record<string, RecordValue> = {};
  if (model !== undefined) facts["coldtrace.engine.model"] = model;
  if (Number.isInteger(context) && context > 0) facts["coldtrace.engine.max_model_len"] = context;
  return {
    ...(served !== undefined && { model: served }),
    host: options.get("--host") ?? ADDRESS.host,
    port: options.port("--port") ?? ADDRESS.port,
    tls: options.get("--ssl-cert-file") !== undefined,
    ...(apiKey !== undefined && { apiKey }),
    facts,
  };
}

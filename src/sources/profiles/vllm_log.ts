/**
 * vLLM's log.
 *
 * Sources: sixteen real starts of 0.32.0 on CPU; the code of 0.32.0 for what runs on GPUs only; logs
 * of others for older wordings. `vllm/logger.py` and `vllm/logging_utils/formatter.py` make the lines:
 * `(EngineCore pid=13833) INFO 11-23 10:35:24 [core.py:402] ...`, or JSON objects with
 * `--logging-config.formatter json`. Up to 0.29 what stands in parentheses is put before every line of
 * both streams, also before uvicorn's.
 *
 * @module
 */
import { VLLM_WORKER_LOG } from "./_vllm_worker_log.ts";
import type { LogFact, LogPattern, LogProfile } from "./profile.ts";

const ENGINE = "coldtrace.engine.";
/** What stands in the line about the engine's configuration. */
const CONFIG: readonly LogFact[] = [
  { attribute: `${ENGINE}version`, in: /\(v([^)]+)\)/ },
  { attribute: `${ENGINE}model`, in: /\bmodel='([^']*)'/ },
  { attribute: `${ENGINE}dtype`, in: /\bdtype=(?:torch\.)?([\w.]+)/ },
  { attribute: `${ENGINE}max_model_len`, in: /\bmax_seq_len=(\d+)/, type: "number" },
  { attribute: `${ENGINE}load_format`, in: /\bload_format=(?:LoadFormat\.)?([\w.]+)/ },
  {
    attribute: `${ENGINE}tensor_parallel_size`,
    in: /\btensor_parallel_size=(\d+)/,
    type: "number",
  },
  { attribute: `${ENGINE}quantization`, in: /\bquantization=([\w.-]+)/ },
  { attribute: `${ENGINE}enforce_eager`, in: /\benforce_eager=(\w+)/, type: "boolean" },
  { attribute: `${ENGINE}device`, in: /\bdevice_config=([\w.:]+)/ },
];
const PATTERNS: readonly LogPattern[] = [
  {
    id: "banner_version",
    pattern: /^ ▄▄ ▄█ .* version \S/,
    example: " ▄▄ ▄█ █     █     █ ▀▄▀ █  version 0.32.0",
    seen: "0.32",
    marks: "fact",
    facts: [{ attribute: `${ENGINE}version`, in: /version (\S+)/ }],
  },
  {
    id: "banner_model",
    pattern: /^ {2}█▄█▀ .* model {3}\S/,
    example: "  █▄█▀ █     █     █     █  model   /models/tiny",
    seen: "0.32",
    marks: "fact",
    facts: [{ attribute: `${ENGINE}model`, in: / model {3}(.+)/ }],
  },
  {
    id: "version",
    pattern: /^vLLM (?:API )?server version \S/,
    example: "vLLM server version 0.32.0, serving model /models/tiny",
    seen: "0.17-0.32",
    unrun: true,
    marks: "fact",
    facts: [
      { attribute: `${ENGINE}version`, in: /version ([^\s,]+)/ },
      { attribute: `${ENGINE}model`, in: /serving model (.+)/ },
    ],
  },
  {
    id: "non_default_args",
    pattern: /^non-default args: /,
    example:
      "non-default args: {'model_tag': '/models/tiny', 'port': 24080, 'max_model_len': 128, " +
      "'enforce_eager': True}",
    seen: "0.24-0.32",
    marks: "point",
    span: "arguments parsed",
    facts: [{ attribute: `${ENGINE}non_default_args`, in: /^non-default args: (.*)/ }],
  },
  {
    id: "architecture",
    pattern: /^Resolved architecture: /,
    example: "Resolved architecture: LlamaForCausalLM",
    seen: "0.17-0.32",
    marks: "point",
    span: "architecture resolved",
    facts: [{ attribute: `${ENGINE}architecture`, in: /: (\S+)/ }],
  },
  {
    id: "max_model_len",
    pattern: /^Using max model len \d/,
    example: "Using max model len 128",
    seen: "0.17-0.32",
    marks: "fact",
    facts: [{ attribute: `${ENGINE}max_model_len`, in: /len (\d+)/, type: "number" }],
  },
  {
    id: "engine_begin",
    pattern: /^Initializing a V1 LLM engine \(/,
    example: "Initializing a V1 LLM engine (v0.32.0) with config: model='/models/tiny', " +
      "speculative_config=None, tokenizer='/models/tiny', dtype=torch.float32, max_seq_len=128, " +
      "load_format=auto, tensor_parallel_size=1, quantization=None, enforce_eager=True, " +
      "device_config=cpu",
    seen: "0.17-0.32",
    marks: "begin",
    span: "Engine init",
    phase: "engine",
    kind: "container",
    facts: CONFIG,
    expected: true,
  },
  ...VLLM_WORKER_LOG,
  {
    id: "kv_cache_end",
    pattern: /^init engine \(.*\) took (?<seconds>[\d.]+) s/,
    example:
      "init engine (profile, create kv cache, warmup model) took 212.68 s (compilation: 13.01 s)",
    seen: "0.8-0.32",
    marks: "span",
    span: "Prepare model",
    phase: "kv_cache",
    kind: "container",
    closes: ["Engine init"],
    expected: true,
  },
  {
    id: "http_begin",
    pattern: /^Starting vLLM (?:API )?server (?:\d+ )?on /,
    example: "Starting vLLM server on http://127.0.0.1:24080",
    seen: "0.8-0.32",
    marks: "begin",
    span: "HTTP server start",
    phase: "http",
    untilReady: true,
    expected: true,
  },
  {
    id: "http_end",
    pattern: /^INFO: +Application startup complete\./,
    example: "INFO:     Application startup complete.",
    seen: "0.8-0.32",
    marks: "end",
    span: "HTTP server start",
    phase: "http",
  },
];

/** How vLLM's log is read. */
export const VLLM_LOG: LogProfile = {
  engine: "vLLM",
  // The name in brackets at the end is the part of a model that is compiled: `[backbone]`.
  prefix: new RegExp(
    "^(?:\\((?<process>[\\w.-]{1,80}) pid=(?<pid>\\d{1,10})\\) ?)?" +
      "(?:(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) [^\\[]{0,80}\\[[^\\]]{0,120}\\] ?)?" +
      "(?:\\[\\w{1,80}\\] )?",
  ),
  json: { message: "message", process: "vllm_process_name", pid: "process" },
  patterns: PATTERNS,
};

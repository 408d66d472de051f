/**
 * SGLang's log.
 *
 * Sources: logs of others in issues and repositories (0.4 in early 2025 to 0.5.15 in August 2026); no
 * start of it was run. A line begins with the time and the ranks, `[2026-02-26 05:24:09 TP4]`, and
 * does not tell the process id. There is a line for each rank.
 *
 * @module
 */
import type { LogPattern, LogProfile } from "./profile.ts";

const ENGINE = "coldtrace.engine.";

const PATTERNS: readonly LogPattern[] = [
  {
    id: "server_args",
    pattern: /^server_args=ServerArgs\(/,
    example: "server_args=ServerArgs(model_path='meta-llama/Llama-3.1-8B-Instruct', " +
      "load_format='auto', dtype='auto', quantization=None, context_length=None, tp_size=1, " +
      "api_key=None, disable_cuda_graph=False)",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "point",
    span: "arguments parsed",
    facts: [
      { attribute: `${ENGINE}model`, in: /\bmodel_path='([^']*)'/ },
      { attribute: `${ENGINE}dtype`, in: /\bdtype='(\w+)'/ },
      { attribute: `${ENGINE}quantization`, in: /\bquantization='([\w.-]+)'/ },
      { attribute: `${ENGINE}load_format`, in: /\bload_format='(\w+)'/ },
      { attribute: `${ENGINE}tensor_parallel_size`, in: /\btp_size=(\d+)/, type: "number" },
      { attribute: `${ENGINE}enforce_eager`, in: /\bdisable_cuda_graph=(\w+)/, type: "boolean" },
    ],
  },
  {
    id: "distributed_begin",
    pattern: /^Init torch distributed begin\./,
    example: "Init torch distributed begin.",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "begin",
    span: "Init torch distributed",
    phase: "distributed",
  },
  {
    id: "distributed_end",
    pattern: /^Init torch distributed ends\.(?: elapsed=(?<seconds>[\d.]+) s)?/,
    example: "Init torch distributed ends. elapsed=13.00 s, mem usage=3.81 GB",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "end",
    span: "Init torch distributed",
    phase: "distributed",
  },
  {
    id: "load_begin",
    pattern: /^Load weight begin\./,
    example: "Load weight begin. avail mem=283.62 GB",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "begin",
    span: "Load weights",
    phase: "weights",
  },
  {
    id: "load_end",
    pattern: /^Load weight end\.(?: elapsed=(?<seconds>[\d.]+) s)?/,
    example:
      "Load weight end. elapsed=228.09 s, type=GlmMoeDsaForCausalLM, dtype=torch.bfloat16, " +
      "avail mem=194.04 GB, mem usage=89.58 GB.",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "end",
    span: "Load weights",
    phase: "weights",
    facts: [
      { attribute: `${ENGINE}architecture`, in: /type=(\w+)/ },
      { attribute: `${ENGINE}dtype`, in: /dtype=torch\.(\w+)/, keep: "last" },
      {
        attribute: `${ENGINE}weights_seconds`,
        in: /elapsed=([\d.]+)/,
        type: "number",
        keep: "largest",
      },
      {
        attribute: `${ENGINE}weights_gib`,
        in: /mem usage=([\d.]+) GB/,
        type: "number",
        keep: "largest",
      },
    ],
    expected: true,
  },
  {
    id: "kv_cache",
    pattern: /^KV Cache is allocated\./,
    example: "KV Cache is allocated. #tokens: 46611, K size: 1.42 GB, V size: 1.42 GB",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "point",
    span: "KV cache allocated",
  },
  {
    id: "capture_begin",
    pattern: /^Capture (?:(?:target|draft)(?: \w+)? )?(?:cuda|CUDA) graph begin/,
    example:
      "Capture target decode CUDA graph begin. backend=full, num_tokens_per_req=1, bs=[1, 2], " +
      "avail mem=73.10 GB",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "begin",
    span: "Capture graphs",
    phase: "graphs",
  },
  {
    id: "capture_end",
    pattern:
      /^Capture (?:(?:target|draft)(?: \w+)? )?(?:cuda|CUDA) graph end\. (?:elapsed=|Time elapsed: )(?<seconds>[\d.]+) s/,
    example:
      "Capture cuda graph end. Time elapsed: 11.39 s. mem usage=1.00 GB. avail mem=11.17 GB.",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "end",
    span: "Capture graphs",
    phase: "graphs",
    expected: true,
    unless: { [`${ENGINE}enforce_eager`]: [true] },
  },
  {
    id: "tokens",
    pattern: /^max_total_num_tokens=\d+/,
    example: "max_total_num_tokens=935444, chunked_prefill_size=8192, max_prefill_tokens=16384, " +
      "max_running_requests=4097, context_len=32768",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "fact",
    facts: [
      { attribute: `${ENGINE}kv_cache_tokens`, in: /num_tokens=(\d+)/, type: "number" },
      { attribute: `${ENGINE}max_model_len`, in: /context_len=(\d+)/, type: "number" },
    ],
    expected: true,
  },
  {
    id: "timings",
    pattern: /^Engine startup timings \(s\): /,
    example: "Engine startup timings (s): load_weight=154.93, kv_cache_allocation=0.44, " +
      "scheduler_e2e=243.89, cuda_graph={prefill=64.55, decode=4.58}, tokenizer_e2e=257.64",
    seen: "0.5.15",
    unrun: true,
    marks: "fact",
    facts: [
      {
        attribute: `${ENGINE}kv_cache_seconds`,
        in: /kv_cache_allocation=([\d.]+)/,
        type: "number",
      },
      { attribute: `${ENGINE}scheduler_seconds`, in: /scheduler_e2e=([\d.]+)/, type: "number" },
    ],
  },
  {
    id: "warmup_begin",
    pattern: /^INFO: +Uvicorn running on /,
    example: "INFO:     Uvicorn running on http://0.0.0.0:32300 (Press CTRL+C to quit)",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "begin",
    span: "Warmup request",
    phase: "warmup",
    untilReady: true,
    expected: true,
  },
  {
    id: "warmup_end",
    pattern: /^The server is fired up and ready to roll!/,
    example: "The server is fired up and ready to roll!",
    seen: "0.4-0.5.15",
    unrun: true,
    marks: "end",
    span: "Warmup request",
    phase: "warmup",
  },
];

/** How SGLang's log is read. */
export const SGLANG_LOG: LogProfile = {
  engine: "SGLang",
  prefix:
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: (?<process>[A-Z]{1,8}\d{1,5}(?: [A-Z]{1,8}\d{1,5}){0,6}))?\] /,
  patterns: PATTERNS,
};

/**
 * llama-server's log (llama.cpp), on stderr.
 *
 * Sources: logs of others in repositories (builds b10444 and b10975, August 2026, and the wording of
 * 2024 and 2025); no start of it was run. Today a line begins with the time since the process began,
 * a letter for the level, and the part of the program: `0.33.279.911 I srv  llama_server: ...`; before
 * 2026 with the part alone. At the default verbosity there are twelve lines.
 *
 * @module
 */
import type { LogPattern, LogProfile } from "./profile.ts";

const ENGINE = "coldtrace.engine.";

const PATTERNS: readonly LogPattern[] = [
  {
    id: "build",
    pattern: /^(?:main: )?build: \d+ \(/,
    example: "build: 6100 (65c797c4) with cc (Debian 12.2.0-14) 12.2.0 for x86_64-linux-gnu",
    seen: "b4000-b7000",
    unrun: true,
    marks: "fact",
    facts: [{ attribute: `${ENGINE}version`, in: /build: (\d+)/ }],
  },
  {
    id: "load_begin",
    pattern: /^load_model: loading model '/,
    example: "load_model: loading model 'models/Qwen3-8B-Q4_K_M.gguf'",
    seen: "b4000-b10975",
    unrun: true,
    marks: "begin",
    span: "Load model",
    phase: "weights",
    facts: [{ attribute: `${ENGINE}model`, in: /'(.*)'/ }],
    expected: true,
  },
  {
    id: "offloaded",
    pattern: /^load_tensors: offloaded \d+\/\d+ layers to GPU/,
    example: "load_tensors: offloaded 29/29 layers to GPU",
    seen: "b4000-b10975",
    unrun: true,
    marks: "fact",
    facts: [{ attribute: `${ENGINE}gpu_layers`, in: /offloaded (\d+)/, type: "number" }],
  },
  {
    id: "file_type",
    pattern: /^(?:llm_load_print_meta|print_info): (?:model ftype|file type) +=/,
    example: "print_info: file type   = Q4_K - Medium",
    seen: "b4000-b10975",
    unrun: true,
    marks: "fact",
    facts: [{ attribute: `${ENGINE}quantization`, in: /= (.+)/ }],
  },
  {
    id: "warmup",
    pattern: /^(?:common_init_from_params|init): warming up the model with an empty run/,
    example: "common_init_from_params: warming up the model with an empty run - please wait ... " +
      "(--no-warmup to disable)",
    seen: "b4000-b7000",
    unrun: true,
    marks: "begin",
    span: "Warmup",
    phase: "warmup",
    closes: ["Load model"],
  },
  {
    id: "slots",
    pattern: /^(?:init|load_model): initializing(?: slots)?, n_slots = \d+/,
    example: "load_model: initializing, n_slots = 1, n_ctx_slot = 8192, kv_unified = 'false'",
    seen: "b4000-b10975",
    unrun: true,
    marks: "begin",
    span: "Initialize slots",
    phase: "engine",
    closes: ["Warmup", "Load model"],
    facts: [
      { attribute: `${ENGINE}slots`, in: /n_slots = (\d+)/, type: "number" },
      { attribute: `${ENGINE}max_model_len`, in: /n_ctx_slot = (\d+)/, type: "number" },
    ],
  },
  {
    id: "loaded",
    pattern: /^(?:main|llama_server): model loaded/,
    example: "llama_server: model loaded",
    seen: "b4000-b10975",
    unrun: true,
    marks: "end",
    span: "Initialize slots",
    phase: "engine",
    closes: ["Warmup", "Load model"],
    expected: true,
  },
  {
    id: "listening",
    pattern:
      /^(?:main|llama_server): (?:(?:server is )?listening on http|HTTP server is listening, hostname)/,
    example: "llama_server: listening on http://127.0.0.1:38911",
    seen: "b4000-b10975",
    unrun: true,
    marks: "point",
    span: "server listens",
  },
];

/** How llama-server's log is read. */
export const LLAMA_SERVER_LOG: LogProfile = {
  engine: "llama.cpp",
  prefix: /^(?:\d{1,6}\.\d\d\.\d{3}\.\d{3} )?(?:[DIWE] )?(?:(?:srv|cmn|slot|que|res) {1,12})?/,
  patterns: PATTERNS,
};

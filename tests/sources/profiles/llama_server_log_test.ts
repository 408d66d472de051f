import { assertEquals } from "@std/assert";
import { LLAMA_SERVER_LOG } from "../../../src/sources/profiles/llama_server_log.ts";
import { brief } from "../_log.ts";
import { assertLogProfile, testimonyOf } from "./_log_profile.ts";

const NOW = `
0.00.192.023 I srv    load_model: loading model 'models/Qwen3-8B-Q4_K_M.gguf'
0.01.350.960 W load: control-looking token: 128247 '</s>' was not control-type
0.25.539.158 I cmn          init: llama threadpool init, n_threads = 4
0.33.179.385 I srv    load_model: initializing, n_slots = 1, n_ctx_slot = 8192, kv_unified = 'false'
0.33.279.911 I srv  llama_server: model loaded
0.33.280.340 I srv  llama_server: listening on http://127.0.0.1:38911`;

const BEFORE = `
build: 6100 (65c797c4) with cc (Debian 12.2.0-14) 12.2.0 for x86_64-linux-gnu
main: HTTP server is listening, hostname: 127.0.0.1, port: 8080, http threads: 7
main: loading model
srv    load_model: loading model 'DeepSeek-R1-Distill-Qwen-7B.gguf'
common_init_from_params: warming up the model with an empty run - please wait ... (--no-warmup to disable)
srv          init: initializing slots, n_slots = 1
srv          main: model loaded
main: server is listening on http://127.0.0.1:8080 - starting the main loop`;

Deno.test("LLAMA_SERVER_LOG has patterns of which each matches its example alone", () => {
  assertLogProfile(LLAMA_SERVER_LOG);
});

Deno.test("LLAMA_SERVER_LOG reads today's lines", () => {
  const { spans, facts, missing } = testimonyOf(LLAMA_SERVER_LOG, NOW);
  assertEquals(spans.map(brief), [
    ["Load model", null, 1, 4],
    ["Initialize slots", null, 4, 5],
  ]);
  assertEquals(facts, {
    "coldtrace.engine.model": "models/Qwen3-8B-Q4_K_M.gguf",
    "coldtrace.engine.slots": 1,
    "coldtrace.engine.max_model_len": 8192,
  });
  assertEquals(missing, []);
});

Deno.test("LLAMA_SERVER_LOG reads the lines of before 2026, whose parts have other names", () => {
  const { spans, events = [], facts } = testimonyOf(LLAMA_SERVER_LOG, BEFORE);
  assertEquals(spans.map(brief), [
    ["Load model", null, 4, 5],
    ["Warmup", null, 5, 6],
    ["Initialize slots", null, 6, 7],
  ]);
  assertEquals(events.map(({ name }) => name), ["server listens", "server listens"]);
  assertEquals(facts?.["coldtrace.engine.version"], "6100");
});

import { assertEquals } from "@std/assert";
import { SGLANG_LOG } from "../../../src/sources/profiles/sglang_log.ts";
import { brief } from "../_log.ts";
import { assertLogProfile, testimonyOf } from "./_log_profile.ts";

const LINES = `
[2026-02-26 05:20:06 TP0] Init torch distributed begin.
[2026-02-26 05:20:06 TP1] Init torch distributed begin.
[2026-02-26 05:20:19 TP0] Init torch distributed ends. elapsed=1.50 s, mem usage=3.81 GB
[2026-02-26 05:20:19 TP1] Init torch distributed ends. mem usage=3.41 GB
[2026-02-26 05:20:20 TP1] Load weight begin. avail mem=283.90 GB
[2026-02-26 05:20:21 TP0] Load weight begin. avail mem=283.50 GB
[2026-02-26 05:24:17 TP1] Load weight end. elapsed=1.25 s, type=GlmMoeDsaForCausalLM, dtype=torch.bfloat16, avail mem=194.32 GB, mem usage=89.58 GB.
[2026-02-26 05:24:18 TP0] Load weight end. elapsed=2.00 s, type=GlmMoeDsaForCausalLM, dtype=torch.bfloat16, avail mem=194.32 GB, mem usage=89.58 GB.
[2026-02-26 05:24:19 TP0] Capture target decode CUDA graph begin. backend=full, num_tokens_per_req=1, bs=[1, 2], avail mem=73.10 GB
[2026-02-26 05:24:20 TP0] Capture target decode CUDA graph end. elapsed=0.50 s, mem usage=1.91 GB
[2026-02-26 05:24:21 TP0] max_total_num_tokens=935444, chunked_prefill_size=8192, max_prefill_tokens=16384, max_running_requests=4097, context_len=32768
[2026-02-26 05:24:22] INFO:     Uvicorn running on http://0.0.0.0:32300 (Press CTRL+C to quit)
[2026-02-26 05:24:23] The server is fired up and ready to roll!`;

Deno.test("SGLANG_LOG has patterns of which each matches its example alone", () => {
  assertLogProfile(SGLANG_LOG);
});

Deno.test("SGLANG_LOG tells the ranks' spans apart by their names, since lines tell no process id", () => {
  const { spans, facts, processes, missing } = testimonyOf(SGLANG_LOG, LINES);
  const ranks = spans.map(({ attributes }) => attributes?.["coldtrace.log.process"] ?? null);
  assertEquals(spans.map((span, index) => [...brief(span), ranks[index]]), [
    ["Init torch distributed", null, 1.5, 3, "TP0"],
    ["Init torch distributed", null, 2, 4, "TP1"],
    ["Load weights", null, 5.75, 7, "TP1"],
    ["Load weights", null, 6, 8, "TP0"],
    ["Capture graphs", null, 9.5, 10, "TP0"],
    ["Warmup request", null, 12, 13, null],
  ]);
  assertEquals(processes, []);
  assertEquals(missing, []);
  assertEquals(facts, {
    "coldtrace.engine.architecture": "GlmMoeDsaForCausalLM",
    "coldtrace.engine.dtype": "bfloat16",
    "coldtrace.engine.weights_seconds": 2,
    "coldtrace.engine.weights_gib": 89.58,
    "coldtrace.engine.kv_cache_tokens": 935_444,
    "coldtrace.engine.max_model_len": 32_768,
  });
});

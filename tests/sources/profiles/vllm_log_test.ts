import { assertEquals } from "@std/assert";
import { LogPhases } from "../../../src/sources/log_phases.ts";
import { VLLM_LOG } from "../../../src/sources/profiles/vllm_log.ts";
import type { Testimony } from "../../../src/sources/witness.ts";
import { readCapture } from "../../_replay_capture.ts";
import { bytesOf } from "../_log.ts";
import { assertLogProfile } from "./_log_profile.ts";

const CAPTURES = new URL("../../testdata/captures/", import.meta.url);

/** What the log of a recorded start tells; times are nanoseconds after its process was made. */
function testimonyOf(capture: string): Testimony {
  const { lines, ready } = readCapture(new URL(capture, CAPTURES).pathname);
  const log = new LogPhases(VLLM_LOG);
  for (const { at, stream, text } of lines) {
    if (ready !== undefined && at > ready) break;
    log.take(stream, bytesOf(`${text}\n`), BigInt(Math.round(at * 1e6)));
  }
  return log.testimony(ready !== undefined);
}

/** The names of spans by that of their process; those that are open have a star. */
function namesOf({ processes, spans }: Testimony): Record<string, string[]> {
  const names = new Map(processes.map(({ pid, name = "" }) => [pid, name]));
  const result: Record<string, string[]> = {};
  for (const { pid = 0, name, end } of spans) {
    (result[names.get(pid) ?? ""] ??= []).push(end === undefined ? `${name}*` : name);
  }
  return result;
}

Deno.test("VLLM_LOG has patterns of which each matches its example alone", () => {
  assertLogProfile(VLLM_LOG);
});

const LOAD = ["Load model", "Initialize model", "Load weights"];
const READY = {
  EngineCore: ["Engine init", "Prepare model"],
  APIServer: ["HTTP server start"],
};
const DUMMY = { ...READY, Worker: ["Load model", "Initialize model"] };
const WEIGHTS = { ...READY, Worker: LOAD };
/** The spans that each recorded start's log tells, by process. */
const SPANS: Record<string, Record<string, string[]>> = {
  "a-env-http-dummy": DUMMY,
  "b-flag-http-dummy": DUMMY,
  "b2-flag-http-safetensors": WEIGHTS,
  "b3-flag-http-compile-cold": { ...READY, Worker: [...LOAD, "Warmup (CPU)", "Profiling run"] },
  "b5-flag-http-safetensors-repeat": WEIGHTS,
  "c-grpc-docs": DUMMY,
  "d2-both-stale-lower": DUMMY,
  "e1-kill9-midload": {
    EngineCore: ["Engine init*"],
    Worker: ["Load model*", "Initialize model", "Load weights"],
  },
  "e3-kill9-at-ready-bsp200": WEIGHTS,
  "f3-bsp200": WEIGHTS,
  "f7-term-midload": WEIGHTS,
  // Its logging configuration silences uvicorn, so that nobody says that the server has started.
  "l2-logcfg-ms": { ...WEIGHTS, APIServer: ["HTTP server start*"] },
  "p-tp2": {
    ...READY,
    Worker_TP0: LOAD,
    Worker_TP1: ["Load model"],
  },
  "s-fail-bad-model": {
    EngineCore: ["Engine init*"],
    Worker: ["Load model*", "Initialize model"],
  },
  "v2-forced-vllm-compile-cold": {
    EngineCore: ["Engine init*"],
    Worker: [
      ...LOAD,
      "Warmup (CPU)*",
      "torch.compile",
      "Dynamo bytecode transform",
      "Inductor compilation",
    ],
  },
  "z-notrace-dummy": DUMMY,
};

Deno.test("VLLM_LOG tells the spans of every recorded start, and misses nothing", () => {
  const captures = [...Deno.readDirSync(CAPTURES)].map(({ name }) => name).sort();
  assertEquals(Object.keys(SPANS), captures);
  for (const capture of captures) {
    const testimony = testimonyOf(capture);
    assertEquals(namesOf(testimony), SPANS[capture] ?? {}, capture);
    assertEquals(testimony.missing, [], capture);
    for (const { start, end = start } of testimony.spans) assertEquals(start <= end, true, capture);
  }
});

Deno.test("VLLM_LOG tells the facts of every recorded start", () => {
  for (const capture of Object.keys(SPANS)) {
    const { facts = {} } = testimonyOf(capture);
    const get = (name: string) => facts[`coldtrace.engine.${name}`];
    const isDummy = capture.includes("dummy") ||
      ["c-grpc-docs", "d2-both-stale-lower"].includes(capture);
    const isCompiled = capture.includes("compile");
    const isBroken = capture.startsWith("s-");
    const gotMemory = !isBroken && !capture.startsWith("e1-") && !capture.startsWith("v2-");
    const ranks = capture === "p-tp2" ? 2 : 1;
    assertEquals(
      {
        version: get("version"),
        model: get("model"),
        architecture: get("architecture"),
        dtype: get("dtype"),
        quantization: get("quantization"),
        max_model_len: get("max_model_len"),
        tensor_parallel_size: get("tensor_parallel_size"),
        load_format: get("load_format"),
        enforce_eager: get("enforce_eager"),
        device: get("device"),
        weights: typeof get("weights_seconds"),
        kv_cache_tokens: get("kv_cache_tokens"),
        compile_cache: get("compile_cache"),
      },
      {
        version: "0.32.0",
        model: isBroken ? "/models/broken" : isDummy ? "/models/tiny-dummy" : "/models/tiny",
        architecture: "LlamaForCausalLM",
        dtype: "float32",
        quantization: undefined,
        max_model_len: 128,
        tensor_parallel_size: ranks,
        load_format: isDummy ? "dummy" : "auto",
        enforce_eager: !isCompiled,
        device: "cpu",
        weights: isDummy || isBroken ? "undefined" : "number",
        kv_cache_tokens: gotMemory ? 524_288 * ranks : undefined,
        compile_cache: isCompiled ? "miss" : undefined,
      },
      capture,
    );
    assertEquals(`${get("non_default_args")}`.startsWith("{'model_tag': '/models/"), true, capture);
  }
});

Deno.test("VLLM_LOG tells times to the millisecond where its lines state durations", () => {
  const { spans } = testimonyOf("v2-forced-vllm-compile-cold");
  const times = spans.filter(({ phase }) => phase === "compile")
    .map(({ name, start, end = 0n }) => [name, Number(start) / 1e6, Number(end) / 1e6]);
  assertEquals(times, [
    ["torch.compile", 20773.5, 38843.5],
    ["Dynamo bytecode transform", 20774.3, 21974.3],
    ["Inductor compilation", 21997.4, 38557.4],
  ]);
});

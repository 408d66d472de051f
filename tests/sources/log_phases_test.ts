import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LogPhases } from "../../src/sources/log_phases.ts";
import { VLLM_LOG } from "../../src/sources/profiles/vllm_log.ts";
import { at, brief, bytesOf, logOf } from "./_log.ts";

const ESC = "\u001b";
const WORKER = at("Worker", 7);

function spansOf(log: LogPhases, isReady = true): unknown[] {
  return log.testimony(isReady).spans.map(brief);
}

Deno.test("LogPhases makes a span of two lines, and of one that states a duration", () => {
  const log = logOf(
    `${WORKER}Starting to load model /models/tiny...`,
    `${WORKER}something else`,
    `${WORKER}Loading weights took 1.50 seconds`,
    `${WORKER}Warming up model for the compilation...`,
    `${WORKER}Warming up done.`,
  );
  assertEquals(spansOf(log), [
    ["Load model", 7, 1, 4],
    ["Load weights", 7, 1.5, 3],
    ["Warmup (CPU)", 7, 4, 5],
  ]);
  const [load] = log.testimony(true).spans;
  assertEquals([load?.source, load?.phase, load?.kind], ["log", "weights", "work"]);
});

Deno.test("LogPhases believes a stated duration before the distance between two lines", () => {
  const log = logOf(
    `${WORKER}Starting to load model M...`,
    `${WORKER}Model loading took 12.66 GiB memory and 0.250000 seconds`,
  );
  assertEquals(spansOf(log), [["Load model", 7, 1.75, 2]]);
});

Deno.test("LogPhases tells processes apart by their prefix, and several spans at once", () => {
  const other = at("Worker_TP1", 8);
  const log = logOf(
    `${at("VllmWorker-0", 7)}world_size=2 rank=0 local_rank=0`,
    `${at("Worker_TP0", 7)}Starting to load model M...`,
    `${other}Starting to load model M...`,
    `${at("Worker_TP0", 7)}Model loading took 1 GiB memory and 1 seconds`,
    `${other}Model loading took 1 GiB memory and 3 seconds`,
  );
  const { processes, spans } = log.testimony(true);
  assertEquals(processes, [{ pid: 7, name: "Worker_TP0" }, { pid: 8, name: "Worker_TP1" }]);
  assertEquals(spans.map(brief), [["Load model", 8, 2, 5], ["Load model", 7, 3, 4]]);
});

Deno.test("LogPhases takes a line without a prefix for anybody's", () => {
  const log = logOf(
    `${at("APIServer", 5)}Starting vLLM server on http://127.0.0.1:8000`,
    "INFO:     Application startup complete.",
  );
  assertEquals(spansOf(log), [["HTTP server start", 5, 1, 2]]);
  assertEquals(spansOf(logOf("Loading weights took 0.5 seconds")), [["Load weights", null, .5, 1]]);
});

Deno.test("LogPhases keeps a span open when a start fails, and only its beginning when it got ready", () => {
  const log = logOf(`${WORKER}Starting to load model M...`);
  assertEquals(spansOf(log, false), [["Load model", 7, 1, null]]);
  const { spans, events } = log.testimony(true);
  assertEquals(spans, []);
  assertEquals(events, [{
    timeUnixNano: 1_000_000_000n,
    name: "Load model begins",
    attributes: { "coldtrace.source": "log", "process.pid": 7 },
  }]);
});

Deno.test("LogPhases keeps open what may end after the engine is ready", () => {
  const begin = "Starting vLLM server on http://127.0.0.1:8000";
  assertEquals(spansOf(logOf(`${at("APIServer", 5)}${begin}`)), [[
    "HTTP server start",
    5,
    1,
    null,
  ]]);
});

Deno.test("LogPhases reads all formats that vLLM's lines have", () => {
  const message = "Loading weights took 0.50 seconds";
  const json = { asctime: "2026-11-23 10:44:46,431", levelname: "INFO", name: "vllm.x", message };
  for (
    const line of [
      `${WORKER}${message}`,
      `(Worker pid=7) INFO 2026-11-23T10:45:12.875 t=1795430712.875868 [a/.../b.py:5] ${message}`,
      `${ESC}[1;36m(Worker pid=7)${ESC}[0;0m INFO 11-23 10:35:24 [loader.py:5] ${message}`,
      `${ESC}[0;36m(Worker pid=7)${ESC}[0;0m ${ESC}[32mINFO${ESC}[0m ${ESC}[90m11-23 10:35:24${ESC}[0m` +
      ` ${ESC}[90m[loader.py:5]${ESC}[0m ${message}`,
      JSON.stringify({ ...json, processName: "P", process: 7, vllm_process_name: "Worker" }),
    ]
  ) {
    const { spans, processes } = logOf(line).testimony(true);
    assertEquals(spans.map(brief), [["Load weights", 7, 0.5, 1]], line);
    assertEquals(processes, [{ pid: 7, name: "Worker" }], line);
  }
  // Up to 0.29 uvicorn's lines have the prefix too; before 0.10 none had.
  const uvicorn = "INFO:     Application startup complete.";
  const begin = "Starting vLLM API server 0 on http://127.0.0.1:8000";
  assertEquals(spansOf(logOf(`${at("APIServer", 5)}${begin}`, `(APIServer pid=5) ${uvicorn}`)), [
    ["HTTP server start", 5, 1, 2],
  ]);
  assertEquals(spansOf(logOf(`INFO 03-08 12:29:21 [launcher.py:26] ${begin}`, uvicorn)), [
    ["HTTP server start", null, 1, 2],
  ]);
});

Deno.test("LogPhases tells facts with their types, and no secrets", () => {
  const { facts } = logOf(
    `${at("APIServer", 5)}non-default args: {'model': 'M', 'api_key': ['one', "t'wo"], ` +
      "'hf_token': 'three', 'max_num_batched_tokens': 4096, 'tokenizer': 'T'}",
    `${at("EngineCore", 6)}Initializing a V1 LLM engine (v0.32.0) with config: model='M', ` +
      "tokenizer='T', dtype=torch.bfloat16, max_seq_len=8192, load_format=auto, " +
      "tensor_parallel_size=2, quantization=None, quantization_config=None, enforce_eager=False, " +
      "device_config=cuda",
    `${at("Worker_TP0", 7)}Loading weights took 22.26 seconds`,
    `${at("Worker_TP1", 8)}Loading weights took 20.01 seconds`,
    `${at("Worker_TP0", 7)}Model loading took 12.66 GiB memory and 31.657031 seconds`,
    `${at("Worker_TP0", 7)}Directly load the compiled graph(s) for compile range (1, 8192) from ` +
      "the cache, took 5.684 s",
    `${at("EngineCore", 6)}GPU KV cache size: 1,249,001 tokens`,
  ).testimony(true);
  assertEquals(facts, {
    "coldtrace.engine.non_default_args":
      "{'model': 'M', 'api_key': '[redacted]', 'hf_token': '[redacted]', " +
      "'max_num_batched_tokens': 4096, 'tokenizer': 'T'}",
    "coldtrace.engine.version": "0.32.0",
    "coldtrace.engine.model": "M",
    "coldtrace.engine.dtype": "bfloat16",
    "coldtrace.engine.max_model_len": 8192,
    "coldtrace.engine.load_format": "auto",
    "coldtrace.engine.tensor_parallel_size": 2,
    "coldtrace.engine.enforce_eager": false,
    "coldtrace.engine.device": "cuda",
    "coldtrace.engine.weights_seconds": 22.26,
    "coldtrace.engine.weights_gib": 12.66,
    "coldtrace.engine.compile_cache": "hit",
    "coldtrace.engine.kv_cache_tokens": 1_249_001,
  });
});

Deno.test("LogPhases calls the compile cache a miss when one graph of several had to be compiled", () => {
  const hit = "Directly load the compiled graph(s) for shape None from the cache, took 1 s";
  const miss = "Compiling a graph for compile range (1, 2048) takes 16.56 s";
  for (const lines of [[hit, miss], [miss, hit]]) {
    assertEquals(logOf(...lines).testimony(true).facts, {
      "coldtrace.engine.compile_cache": "miss",
    });
  }
});

Deno.test("LogPhases tells a compile cache that could not be loaded from one that has nothing", () => {
  const failure = "Compiling model again due to a load failure from /cache/model, reason: none";
  const others = [
    "Directly load AOT compilation from path /cache/model",
    "Compiling a graph for compile range (1, 2048) takes 16.56 s",
    "saved AOT compiled function to /cache/model",
  ];
  for (const lines of [[failure, ...others], [...others, failure]]) {
    assertEquals(logOf(...lines).testimony(true).facts, {
      "coldtrace.engine.compile_cache": "load failed",
    });
  }
});

Deno.test("LogPhases tells what a ready start did not say, if it was to be expected", () => {
  const config = (rest: string) =>
    `${at("EngineCore", 6)}Initializing a V1 LLM engine (v0.40.0) with config: ${rest}`;
  const missing = (rest: string) => logOf(config(rest)).testimony(true).missing;
  const last = "its pattern was last seen in vLLM 0.32";
  const size = `'kv_cache_size' was not seen; ${last}`;
  const others = [
    `phase 'kv_cache' was not seen; ${last}`,
    `phase 'http' was not seen; ${last}`,
  ];
  assertEquals(missing("device_config=cuda, enforce_eager=False, load_format=auto"), [
    `phase 'weights' was not seen; ${last}`,
    `phase 'compile' was not seen; ${last}`,
    size,
    `phase 'graphs' was not seen; ${last}`,
    ...others,
  ]);
  assertEquals(missing("device_config=cpu, enforce_eager=True, load_format=dummy"), [
    size,
    ...others,
  ]);
  const log = logOf(
    config("load_format=auto, device_config=cpu"),
    `${WORKER}Starting to load model M`,
  );
  assertEquals(log.testimony(true).missing?.[0], `'Load weights' was not seen; ${last}`);
  assertEquals(log.testimony(false).missing, []);
});

Deno.test("LogPhases tells nothing to be missing when nothing came, and one line when nothing was known", () => {
  assertEquals(new LogPhases(VLLM_LOG).testimony(true).missing, []);
  assertEquals(logOf("hello").testimony(true).missing, [
    "no line of the log was known; its patterns were last seen in vLLM 0.32",
  ]);
});

Deno.test("LogPhases sees an awaited line once, even if no engine is known", () => {
  const seen: bigint[] = [];
  const log = new LogPhases(undefined, { line: /\bready\b/g, seen: (time) => seen.push(time) });
  log.take("stderr", bytesOf(`not yet\nI am ${ESC}[1mrea`), 1n);
  log.take("stdout", bytesOf("already\n"), 2n);
  assertEquals(seen, []);
  log.take("stderr", bytesOf(`dy${ESC}[0m!\nready\n`), 3n);
  log.take("stderr", bytesOf("ready\n"), 4n);
  assertEquals(seen, [3n]);
  assertEquals(log.testimony(true), {
    processes: [],
    spans: [],
    events: [],
    facts: {},
    missing: [],
  });
});

Deno.test("LogPhases.excerpt has the lines, without colours, secrets and overwritten progress", () => {
  const log = new LogPhases(VLLM_LOG);
  const write = (stream: "stdout" | "stderr", text: string, time: bigint) =>
    log.take(stream, bytesOf(text), time);
  write("stdout", `line\n${WORKER}${ESC}[1mloading${ESC}[0m\n`, 1n);
  write("stderr", "\rLoading: 10%\rLoading: 90%\rLoading: 100%\n", 2n);
  write("stdout", `${ESC}[31mkept${ESC}[0m\r\n\r\n`, 3n);
  write("stderr", "api_key='sk-0123456789', token: hf_abcdefghijkl\nTraceb", 4n);
  write("stdout", "(Worker pid=8) INFO 11-23 10:35:24 [core.py:402] bey", 5n);
  const { lines, dropped } = log.excerpt;
  assertEquals(dropped, 0);
  assertEquals(lines, [
    { stream: "stdout", text: "line", pid: undefined, timeUnixNano: 1n },
    { stream: "stdout", text: `${WORKER}loading`, pid: 7, timeUnixNano: 1n },
    { stream: "stderr", text: "Loading: 100%", pid: undefined, timeUnixNano: 2n },
    { stream: "stdout", text: "kept", pid: undefined, timeUnixNano: 3n },
    {
      stream: "stderr",
      text: "api_key='[redacted]', token: [redacted]",
      pid: undefined,
      timeUnixNano: 4n,
    },
    { stream: "stderr", text: "Traceb", pid: undefined, timeUnixNano: 4n },
    {
      stream: "stdout",
      text: "(Worker pid=8) INFO 11-23 10:35:24 [core.py:402] bey",
      pid: 8,
      timeUnixNano: 5n,
    },
  ]);
});

Deno.test("LogPhases.excerpt is there without a profile, too, but for the processes", () => {
  const log = new LogPhases(undefined);
  log.take("stdout", bytesOf(`${WORKER}one\ntwo`), 1n);
  // What has begun of a line came when its own stream was heard of last.
  log.take("stderr", bytesOf("three\n"), 2n);
  assertEquals(log.excerpt, {
    lines: [
      { stream: "stdout", text: `${WORKER}one`, pid: undefined, timeUnixNano: 1n },
      { stream: "stdout", text: "two", pid: undefined, timeUnixNano: 1n },
      { stream: "stderr", text: "three", pid: undefined, timeUnixNano: 2n },
    ],
    dropped: 0,
  });
});

Deno.test("LogPhases leaves out a line that is too long, and reads the next one", () => {
  const log = logOf(
    `${WORKER}Loading weights took 0.50 seconds ${"x".repeat(2 ** 20)}`,
    `${WORKER}Loading weights took 0.25 seconds`,
  );
  const { spans, missing } = log.testimony(false);
  assertEquals(spans.map(brief), [["Load weights", 7, 1.75, 2]]);
  assertEquals(missing, ["lines of the log that were too long to be read: 1"]);
});

Deno.test("LogPhases reads on after noise, hostile lines and lines of other programs", () => {
  const log = new LogPhases(VLLM_LOG);
  const noise = new Uint8Array(100_000);
  for (let i = 0; i < noise.length; i++) noise[i] = (i * 7919 + (i >> 3)) & 255;
  log.take("stdout", noise, 1n);
  const long = (part: string) => part.repeat(Math.floor(60_000 / part.length));
  for (
    const line of [
      "",
      long("("),
      long("[x] "),
      `INFO ${long("[")}`,
      long(`${ESC}[`),
      long(`${ESC}]`),
      `{"message": ${long("[")}`,
      '{"message": 1, "process": {}}',
      `Compiling a graph for ${long(" takes 1")}`,
      `non-default args: ${long("'a'key")}`,
      `non-default args: ${long("a.a-a")}`,
      `init engine ${long("(x) took ")}`,
      "(Worker pid=99999999999) INFO x [y] z",
      "Loading weights took 1.2.3 seconds",
    ]
  ) log.take("stdout", bytesOf(`\n${line}`), 1n);
  log.take("stdout", bytesOf(`\n${WORKER}Loading weights took 0.50 seconds\n`), 1_000_000_000n);
  assertEquals(spansOf(log), [["Load weights", 7, 0.5, 1]]);
});

Deno.test("LogPhases holds a bounded number of spans, events and processes", () => {
  const log = new LogPhases(VLLM_LOG);
  for (let i = 0; i < 30_000; i++) {
    const prefix = at("Worker", i + 1);
    log.take(
      "stdout",
      bytesOf(`${prefix}Loading weights took 1 seconds\n${prefix}Starting torch.compile\n`),
      1n,
    );
  }
  const { spans, events = [], processes } = log.testimony(false);
  assertEquals(spans.length + events.length, 2_000);
  assertEquals(processes.length, 10_000);
});

Deno.test("LogPhases.hear() tells the same by what another has told on", () => {
  const messages = VLLM_LOG.patterns.map(({ example }) => example);
  const lines = fc.array(
    fc.record({
      process: fc.constantFrom("", at("APIServer", 5), at("Worker", 7), at("Worker_TP1", 7)),
      message: fc.oneof(fc.constantFrom(...messages), fc.constant("nothing that is known")),
    }),
    { maxLength: 100 },
  );
  fc.assert(fc.property(lines, (lines) => {
    const heard = new LogPhases(VLLM_LOG);
    const log = new LogPhases(VLLM_LOG, undefined, (...told) => heard.hear(...told));
    for (const [index, { process, message }] of lines.entries()) {
      log.take("stdout", bytesOf(`${process}${message}\n`), BigInt(index + 1) * 1_000_000_000n);
    }
    assertEquals(heard.testimony(false), log.testimony(false));
  }));
});

Deno.test("LogPhases tells on what is known and who is who, bounded and without secrets", () => {
  const told: (string | undefined)[][] = [];
  const log = new LogPhases(VLLM_LOG, undefined, ({ process, text }) => told.push([process, text]));
  const say = (line: string) => log.take("stderr", bytesOf(`${line}\n`), 1n);
  say("HF_TOKEN=hf_abcdefghijkl is not known");
  say(`${WORKER}HF_TOKEN=hf_abcdefghijkl is not known, the process is`);
  say(`${WORKER}nor is this`);
  say("non-default args: {'api_key': 'very secret'}");
  for (let i = 0; i < 1_000; i++) say("Starting to load model M...");
  say(`Loading weights took 1 seconds ${"x".repeat(5_000)}`);
  assertEquals(told.slice(0, 2), [
    ["Worker", ""],
    [undefined, "non-default args: {'api_key': '[redacted]'}"],
  ]);
  // Of a line that comes again and again, no other one suffers.
  assertEquals(told.length, 2 + 100 + 1);
  assertEquals(
    told.at(-1)?.[1],
    `Loading weights took 1 seconds ${"x".repeat(5_000)}`.slice(0, 500),
  );
});

Deno.test("LogPhases tells the same however the bytes are cut", () => {
  const pieces = [
    `${WORKER}Starting to load model M...\n`,
    `${at("Worker_TP1", 8)}Model loading took 1.5 GiB memory and 2.25 seconds\r\n`,
    `${ESC}[0;36m(APIServer pid=5)${ESC}[0;0m INFO 11-23 10:35:24 [a.py:1] Resolved architecture: A\n`,
    "Loading safetensors checkpoint shards:  56% Completed | 5/9\r",
    "▄▄ ▄█ █ é 漢字 🚀\n",
    "\r\n",
    "\r",
    "\n",
    `${ESC}[2K`,
    "\xff\xfe".repeat(3),
    "INFO:     Application startup complete.\n",
    `${"y".repeat(70_000)}`,
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }),
      fc.array(fc.nat({ max: 4_000 }), { minLength: 1, maxLength: 8 }),
      (texts, cuts) => {
        // Bytes that are no UTF-8 among them.
        const bytes = new Uint8Array([...bytesOf(texts.join("")), 0xf0, 0x9f, 10, 0xff]);
        const whole = new LogPhases(VLLM_LOG);
        whole.take("stdout", bytes, 5n);
        const parts = new LogPhases(VLLM_LOG);
        for (let from = 0, i = 0; from < bytes.length; i++) {
          const to = from + 1 + (cuts[i % cuts.length] ?? 0);
          // Lent: used again at once.
          const chunk = bytes.slice(from, to);
          parts.take("stdout", chunk, 5n);
          chunk.fill(65);
          from = to;
        }
        assertEquals(parts.testimony(false), whole.testimony(false));
        assertEquals(parts.excerpt, whole.excerpt);
      },
    ),
  );
});

Deno.test("LogPhases does not wait for a stream's end to tell what it knows", () => {
  const log = logOf(`${WORKER}Starting torch.compile`);
  log.take("stdout", bytesOf(`${WORKER}torch.compile took 18.07 s in to`), 1n);
  assertEquals(spansOf(log, false), [["torch.compile", 7, 1, null]]);
  log.take("stdout", bytesOf("tal\n"), 20_000_000_000n);
  assert(spansOf(log).length === 1);
  assertEquals(spansOf(log), [["torch.compile", 7, 1.93, 20]]);
});

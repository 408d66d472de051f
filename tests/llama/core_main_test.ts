import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readChatTemplate } from "../../src/llama/api/chat_template.ts";
import type { GenerateRequest, Prompt } from "../../src/llama/protocol.ts";
import { type TestEngine, Workshop } from "./_engine.ts";

let workshop: Workshop;
Deno.test.beforeAll(async () => {
  workshop = await Workshop.open();
});
Deno.test.afterAll(() => workshop[Symbol.asyncDispose]());

const GREEDY: GenerateRequest = {
  prompt: { text: "The engine" },
  maxTokens: 24,
  temperature: 0,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  stop: [],
};

/** A core that has its model. */
async function loadedCore(options: Parameters<Workshop["launchCore"]>[0] = {}) {
  const core = await workshop.launchCore(options);
  const model = options.model ?? workshop.model;
  const chatTemplate = readChatTemplate(model);
  await core.send({ type: "load", model, chatTemplate });
  await core.engine.ready;
  return core;
}

let lastId = 0;

/** What becomes of a request, to its end. */
async function generate(core: TestEngine, request: Partial<GenerateRequest>) {
  const id = ++lastId;
  const end = core.lastMessage(id);
  await core.send({ type: "generate", id, request: { ...GREEDY, ...request } });
  const last = await end;
  const all = core.messages.filter((message) => message.id === id);
  const text = all.map((message) => message.type === "text" ? message.text : "").join("");
  return { all, text, last };
}

/** Lines that came from the model's log, as the spans tell them. */
function attributesOf(core: TestEngine, name: string) {
  return core.engine.spans().find((span) => span.name === name)?.attributes ?? {};
}

Deno.test("core_main.ts answers greedily the same alone and together with others", async () => {
  await using core = await loadedCore({ parallel: 3 });
  const prompts: Prompt[] = ["The engine", "a token", "weights are", "the first", "cache"]
    .map((text) => ({ text }));
  const alone = [];
  for (const prompt of prompts) alone.push((await generate(core, { prompt })).text);
  const together = await Promise.all(prompts.map((prompt) => generate(core, { prompt })));
  assertEquals(together.map(({ text }) => text), alone);
  assert(alone.every((text) => text.length > 5), "there is something to compare");
  assert(new Set(alone).size > 1);
  assert(together.every(({ all }) => all[0]?.type === "accepted"));
});

Deno.test("core_main.ts answers the same with and without mmap, warm-up and chunked prompts", async () => {
  const prompt = { text: "the engine reads its weights ".repeat(80) };
  const answer = async (options: Parameters<Workshop["launchCore"]>[0]) => {
    await using core = await loadedCore({ parallel: 1, ...options });
    const [accepted] = (await generate(core, { prompt })).all;
    assert(Number(accepted?.promptTokens) > 256, "the prompt is longer than a batch");
    return (await generate(core, { prompt })).text;
  };
  const [first, ...others] = await Promise.all([
    answer({}),
    answer({ mmap: false, warmup: false }),
    answer({ parallel: 2 }),
  ]);
  for (const other of others) assertEquals(other, first);
});

Deno.test("core_main.ts samples by seed, stops at stop strings and at its length", async () => {
  await using core = await loadedCore();
  const seeded = { temperature: 1, seed: 7 };
  const [a, b, c] = await Promise.all([
    generate(core, seeded),
    generate(core, seeded),
    generate(core, { ...seeded, seed: 8 }),
  ]);
  assertEquals(a.text, b.text);
  assert(a.text !== c.text);

  const whole = (await generate(core, {})).text;
  const stop = whole.slice(7, 12);
  const stopped = await generate(core, { stop: [stop] });
  assertEquals(stopped.text, whole.slice(0, whole.indexOf(stop)));
  assertEquals(stopped.last.reason, "stop");
  assertEquals((await generate(core, { maxTokens: 1 })).last.tokens, 1);
});

Deno.test("core_main.ts refuses prompts that do not fit and answers up to the context's end", async () => {
  await using core = await loadedCore({ ctxSize: 64, parallel: 2 });
  const long = await generate(core, { prompt: { text: "the engine ".repeat(200) } });
  assertEquals(long.last.code, "context_length_exceeded");
  assertMatch(String(long.last.message), /maximum context length is 64 tokens.* has \d+ tokens/);
  // The longest prompt that fits leaves room for a few tokens, and they are made.
  const { maxTokens: _, ...unlimited } = GREEDY;
  for (let words = 64;; words--) {
    const { all, last } = await generate(core, {
      ...unlimited,
      prompt: { text: "engine ".repeat(words) },
    });
    if (last.type === "error") continue;
    assertEquals([last.type, last.reason], ["done", "length"]);
    assertEquals(Number(last.tokens) + Number(all[0]?.promptTokens), 64);
    break;
  }
});

Deno.test("core_main.ts uses the model's chat template, and says when there is none", async () => {
  await using core = await loadedCore();
  const messages = [{ role: "user", content: "hello" }];
  const chat = await generate(core, { prompt: { messages } });
  const bare = await generate(core, { prompt: { text: "hello" } });
  const tokens = (events: Record<string, unknown>[]) => Number(events[0]?.promptTokens);
  assert(tokens(chat.all) > tokens(bare.all));

  await using without = await workshop.launchCore();
  await without.send({ type: "load", model: workshop.model });
  await without.engine.ready;
  const { last } = await generate(without, { prompt: { messages } });
  assertEquals(last.code, "chat_template");
  assertStringIncludes(String(last.message), "no chat template");

  await using broken = await workshop.launchCore();
  await broken.send({ type: "load", model: workshop.model, chatTemplate: "{% if %}" });
  await broken.engine.ready;
  const failed = (await generate(broken, { prompt: { messages } })).last;
  assertEquals(failed.code, "chat_template");
  assert(!String(failed.message).includes("\n"));
  assertEquals((await generate(broken, {})).last.type, "done");
});

Deno.test("core_main.ts forgets a cancelled request and goes on with the next", async () => {
  await using core = await loadedCore({ parallel: 1 });
  const id = ++lastId;
  // Held until both are there: an answer of ten tokens is quicker than a busy machine's next line.
  Deno.kill(core.engine.pid, "SIGSTOP");
  await core.send({ type: "generate", id, request: { ...GREEDY, maxTokens: 500 } });
  await core.send({ type: "cancel", id });
  Deno.kill(core.engine.pid, "SIGCONT");
  await core.send({ type: "cancel", id: 4711 });
  assertEquals((await generate(core, {})).last.type, "done");
  assert(!core.messages.some((message) => message.id === id && message.type === "done"));
});

Deno.test("core_main.ts tells its start in phases, with what explains them", async () => {
  await using core = await loadedCore({ mmap: false, parallel: 2, ctxSize: 128 });
  const phases = core.engine.spans().flatMap(({ name, attributes }) =>
    attributes["coldtrace.phase"] === undefined ? [] : [[name, attributes["coldtrace.phase"]]]
  );
  assertEquals(phases.sort(), [
    ["allocate KV cache", "kv_cache"],
    ["connect launcher", "connect"],
    ["import modules", "import"],
    ["init backend", "backend"],
    ["load library", "library"],
    ["load tokenizer", "tokenizer"],
    ["load weights", "weights"],
    ["process start", "process_start"],
    ["reserve graph", "graph_reserve"],
    ["runtime boot", "boot"],
    ["warm up", "warmup"],
  ]);
  const weights = attributesOf(core, "load weights");
  assertEquals(weights["llama.model.file"], "coldtrace-bigram.gguf");
  assertEquals([weights["llama.mmap"], weights["llama.load_mode"]], [false, "none"]);
  const { size } = await Deno.stat(workshop.model);
  assert(Number(weights["llama.weights.bytes"]) > size / 2);
  assert(Number(weights["llama.weights.bytes_per_second"]) > 0);
  assert(weights["llama.model.quantization"]);
  const backend = attributesOf(core, "init backend");
  assertEquals(backend["llama.backend"], "cpu");
  assertMatch(String(backend["llama.backend.variant"]), /^libggml-cpu-/);
  const cache = attributesOf(core, "allocate KV cache");
  assertEquals(
    ["context.size", "parallel", "threads"].map((name) => cache[`llama.${name}`]),
    [128, 2, 1],
  );
  assert(Number(cache["llama.buffer.cpu_kv.bytes"]) > 0);
});

Deno.test("core_main.ts ends with llama.cpp's reason when the model cannot be loaded", async () => {
  const bytes = await Deno.readFile(workshop.model);
  const broken: [string, Uint8Array | undefined, RegExp][] = [
    ["missing", undefined, /failed to open GGUF file .*No such file/],
    ["cut", bytes.subarray(0, bytes.length / 2), /not within the file bounds/],
    ["header", bytes.subarray(0, 3000), /failed to read/],
    ["text", new TextEncoder().encode("hello, hello, hello"), /invalid magic characters/],
    ["empty", new Uint8Array(0), /gguf_init_from_reader|failed/],
  ];
  await Promise.all(broken.map(async ([name, content, reason]) => {
    const model = `${workshop.dir}/${name}.gguf`;
    if (content !== undefined) await Deno.writeFile(model, content);
    await using core = await workshop.launchCore({ model });
    await core.send({ type: "load", model });
    const { code, stderr } = await core.end();
    assertEquals([code, stderr], [1, ""]);
    const message = String((await core.message("failed")).message);
    assertMatch(message, /^Cannot load model as llama\.cpp failed: [^\n]+$/);
    assertMatch(message, reason);
  }));
});

Deno.test("core_main.ts ends with code 0 when nobody is above, whatever it does", async () => {
  await Promise.all([undefined, "backend", "weights", "warmup", "ready"].map(async (phase) => {
    await using core = await workshop.launchCore({ launch: { gracePeriod: 20_000 } });
    if (phase !== undefined) await core.send({ type: "load", model: workshop.model });
    if (phase === "ready") await core.engine.ready;
    else if (phase !== undefined) {
      await core.nextMessage((message) => message.phase === phase);
    }
    // Stopping closes its stdin first; SIGTERM alone does not end it.
    assertEquals((await core.engine.stop()).signal === "SIGKILL", false);
  }));
});

Deno.test("core_main.ts says what it is for when nobody is above it", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", import.meta.resolve("../../src/llama/core_main.ts")],
    stdin: "null",
  }).output();
  assertEquals(code, 2);
  assertEquals(
    new TextDecoder().decode(stderr),
    "Cannot start engine core as it must be launched by the API server\n",
  );
});

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import OpenAI from "openai";
import { HubServer } from "../testdata/hub/hub_server.ts";
import { frames } from "./api/_fake_core.ts";
import { gone, isRunning, post, type TestEngine, type TestOptions, Workshop } from "./_engine.ts";

const MODEL = "coldtrace-bigram";
const PHASES = ["import", "library", "backend", "weights", "kv_cache", "warmup"];

let workshop: Workshop;
Deno.test.beforeAll(async () => {
  workshop = await Workshop.open();
});
Deno.test.afterAll(() => workshop[Symbol.asyncDispose]());

/** An engine that serves, and its address. */
async function serving(options: TestOptions = {}): Promise<[TestEngine, string]> {
  const engine = await workshop.launch(options);
  return [engine, await engine.url()];
}

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
}

/** A stream that has begun, and can go on for long. */
async function longStream(url: string, init: RequestInit = {}) {
  const response = await post(
    `${url}/v1/completions`,
    { prompt: "the", max_tokens: 2000, temperature: 2, seed: 1, stream: true },
    init,
  );
  assertEquals(response.status, 200);
  assert(response.body);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader.read()).value ?? "";
  const rest = async () => {
    let text = first;
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    return frames(text);
  };
  return { reader, rest };
}

/** The error that a frame holds. */
function errorOf(frame: unknown): { message: string; code: string } {
  return (frame as { error: { message: string; code: string } }).error;
}

Deno.test("api_main.ts serves OpenAI's official client", async (t) => {
  const [engine, url] = await serving();
  await using _ = engine;
  const openai = client(url);

  await t.step("models", async () => {
    const models = await openai.models.list();
    assertEquals(models.data.map(({ id }) => id), [MODEL]);
    assertEquals((await openai.models.retrieve(MODEL)).id, MODEL);
  });

  await t.step("completions", async () => {
    const request = { model: MODEL, prompt: "The engine", max_tokens: 8, temperature: 0 };
    const answer = await openai.completions.create(request);
    assertEquals(answer.object, "text_completion");
    assertEquals(answer.usage?.completion_tokens, 8);
    let text = "";
    for await (const chunk of await openai.completions.create({ ...request, stream: true })) {
      text += chunk.choices[0]?.text ?? "";
    }
    assertEquals(text, answer.choices[0]?.text);
  });

  const messages = [{ role: "user" as const, content: "What is a token?" }];
  const chat = { model: MODEL, messages, max_completion_tokens: 12, temperature: 0 };

  await t.step("chat", async () => {
    const answer = await openai.chat.completions.create(chat);
    assertEquals(answer.choices[0]?.message.role, "assistant");
    const stream = openai.chat.completions.stream({
      ...chat,
      stream_options: { include_usage: true },
    });
    const final = await stream.finalChatCompletion();
    assertEquals(final.choices[0]?.message.content, answer.choices[0]?.message.content);
    assertEquals(final.choices[0]?.finish_reason, answer.choices[0]?.finish_reason);
    assertEquals(final.usage, answer.usage);
  });

  await t.step("errors", async () => {
    const unknown = openai.chat.completions.create({ ...chat, model: "gpt-4" });
    const notFound = await assertRejects(() => unknown, OpenAI.NotFoundError);
    assertEquals([notFound.code, notFound.param], ["model_not_found", "model"]);

    const hot = openai.chat.completions.create({ ...chat, temperature: 3 });
    const invalid = await assertRejects(() => hot, OpenAI.BadRequestError);
    assertEquals([invalid.code, invalid.param], ["invalid_value", "temperature"]);

    const content = "the engine ".repeat(3000);
    const long = openai.chat.completions.create({ ...chat, messages: [{ role: "user", content }] });
    const tooLong = await assertRejects(() => long, OpenAI.BadRequestError);
    assertEquals(tooLong.code, "context_length_exceeded");
  });

  await t.step("several at once, as each alone", async () => {
    const ask = async (content: string) => {
      const answer = await openai.chat.completions.create({
        ...chat,
        messages: [{ role: "user", content }],
      });
      return answer.choices[0]?.message.content;
    };
    const questions = ["What is a trace?", "Hello", "weights", "Why?", "cache", "A span"];
    const alone = [];
    for (const question of questions) alone.push(await ask(question));
    assertEquals(await Promise.all(questions.map(ask)), alone);
  });

  await t.step("GET /health", async () => {
    const response = await fetch(`${url}/health`);
    assertEquals([response.status, await response.json()], [200, { status: "ok" }]);
  });
});

Deno.test("api_main.ts is one trace with the core, and has a first token", async () => {
  const ended: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await using engine = await workshop.launch({
    launch: {
      onSpan: ({ name }) => {
        ended.push(name);
        if (name === "first token") resolve();
      },
    },
  });
  const url = await engine.url();
  await promise;
  assertEquals(await engine.message("serving"), {
    type: "serving",
    url,
    model: MODEL,
    contextSize: 2048,
    parallel: 4,
  });
  const spans = engine.engine.spans();
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  const of = (process: string) =>
    spans.filter(({ resource }) => resource.attributes["coldtrace.process"] === process)
      .flatMap(({ attributes }) => attributes["coldtrace.phase"] ?? []).sort();
  assertEquals(
    of("API server"),
    // deno-fmt-ignore
    ["boot", "config", "connect", "first_token", "http", "import", "process_start",
      "ready", "spawn"],
  );
  assertEquals(
    of("engine core"),
    // deno-fmt-ignore
    ["backend", "boot", "connect", "graph_reserve", "import", "kv_cache", "library",
      "process_start", "tokenizer", "warmup", "weights"],
  );
  const at = (name: string) => spans.find((span) => span.name === name);
  assert((at("announce ready")?.startTimeUnixNano ?? 0n) > (at("warm up")?.endTimeUnixNano ?? 0n));
  const config = at("read model config")?.attributes;
  assertEquals(config?.["llama.model.name"], "coldtrace-bigram");
  assertEquals(config?.["llama.model.file"], "coldtrace-bigram.gguf");
  const phases = engine.messages.flatMap(({ type, phase }) => type === "progress" ? [phase] : []);
  assertEquals([...new Set(phases)], PHASES);
});

Deno.test("api_main.ts gives a slot back when its client goes away", async () => {
  const [engine, url] = await serving({ parallel: 1 });
  await using _ = engine;
  const requests = Array.from({ length: 20 }, async () => {
    const { reader } = await longStream(url);
    await reader.cancel();
  });
  await Promise.all(requests);
  const whole = new AbortController();
  const body = { prompt: "the", max_tokens: 2000, temperature: 2, seed: 1 };
  const aborted = post(`${url}/v1/completions`, body, { signal: whole.signal });
  whole.abort();
  await assertRejects(() => aborted, DOMException);
  const answer = await post(`${url}/v1/completions`, { prompt: "the", max_tokens: 1 });
  assertEquals((await answer.json()).usage.completion_tokens, 1);
});

Deno.test("api_main.ts refuses what its queue cannot hold, and answers the rest", async () => {
  const [engine, url] = await serving({ parallel: 1 });
  await using _ = engine;
  const openai = client(url);
  const ask = () =>
    openai.completions.create({ model: MODEL, prompt: "the", max_tokens: 24, seed: 3 });
  const answers = await Promise.allSettled(Array.from({ length: 100 }, ask));
  const refused = answers.flatMap((answer) => answer.status === "rejected" ? [answer.reason] : []);
  assert(refused.length > 0 && refused.length <= 35, `${refused.length} of 100 were refused`);
  for (const error of refused) {
    assert(error instanceof OpenAI.RateLimitError);
    assertEquals(error.code, "queue_full");
  }
  assertEquals((await ask()).object, "text_completion");
});

Deno.test("api_main.ts ends streams with an error and itself when its core is killed", async () => {
  const [engine, url] = await serving();
  await using _ = engine;
  // More than are decoded at once, so that some are under way however late the signal comes.
  const streams = Array.from({ length: 16 }, () => longStream(url));
  await streams[0];
  Deno.kill(engine.corePid(), "SIGKILL");
  const begun = (await Promise.allSettled(streams))
    .flatMap((stream) => stream.status === "fulfilled" ? [stream.value] : []);
  const last = (await Promise.all(begun.map(({ rest }) => rest()))).map((all) => all.at(-1));
  const broken = last.filter((frame) => frame !== "[DONE]");
  assert(broken.length > 0);
  for (const frame of broken) assertEquals(errorOf(frame).code, "engine_core_ended");
  const later = await post(`${url}/v1/completions`, { prompt: "a" });
  assertEquals(later.status, 503);
  await later.body?.cancel();
  assertEquals(await engine.end(), {
    code: 1,
    stdout: "",
    stderr: "Cannot go on as the engine core ended with SIGKILL",
  });
});

Deno.test("api_main.ts ends when its core is killed at any phase of the start", async () => {
  for (const phase of PHASES) {
    await using engine = await workshop.launch({
      onMessage: (message) => {
        if (message.phase === phase) Deno.kill(engine.corePid(), "SIGKILL");
      },
    });
    const { pid } = engine.engine;
    const { code, stderr } = await engine.end();
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot go on as the engine core ended with SIGKILL( in phase '\w+')?$/);
    assertEquals([await isRunning(pid), await isRunning(engine.corePid())], [false, false]);
  }
});

Deno.test("api_main.ts leaves no core behind when it is killed at any phase of the start", async () => {
  for (const phase of [...PHASES, "ready"]) {
    await using engine = await workshop.launch();
    if (phase === "ready") await engine.engine.ready;
    else await engine.nextMessage((message) => message.phase === phase);
    Deno.kill(engine.engine.pid, "SIGKILL");
    assertEquals((await engine.engine.status).signal, "SIGKILL");
    assert(await gone(engine.corePid()));
  }
});

Deno.test("api_main.ts finds a core that hangs, and can be stopped all the same", async () => {
  const [engine, url] = await serving();
  const pid = engine.corePid();
  Deno.kill(pid, "SIGSTOP");
  const response = await fetch(`${url}/health`);
  assertEquals([response.status, await response.json()], [503, { status: "unresponsive" }]);
  Deno.kill(pid, "SIGCONT");
  assertEquals((await (await fetch(`${url}/health`)).json()).status, "ok");
  Deno.kill(pid, "SIGSTOP");
  await engine.engine.stop();
  assert(await gone(pid));
});

Deno.test("api_main.ts lets answers end when it is stopped, and cuts those that take long", async () => {
  const [engine, url] = await serving({ parallel: 1 });
  const corePid = engine.corePid();
  const ask = (max_tokens: number) =>
    post(`${url}/v1/completions`, { prompt: "the", max_tokens, seed: 1, stream: true });
  const streams = [await ask(4), ...await Promise.all(Array.from({ length: 60 }, () => ask(2000)))];
  const stopping = engine.engine.stop();
  const ends = await Promise.all(streams.map(async (stream) => frames(await stream.text()).at(-1)));
  assertEquals(ends[0], "[DONE]");
  for (const end of ends) {
    if (end !== "[DONE]") assertEquals(errorOf(end).message, "The engine is stopping");
  }
  assertEquals((await stopping).code, 0);
  assertEquals(await engine.end(), { code: 0, stdout: "", stderr: "" });
  assert(await gone(corePid));
});

Deno.test("api_main.ts ends with code 0 when it is stopped at any phase of the start", async () => {
  for (const phase of PHASES) {
    await using engine = await workshop.launch();
    await engine.nextMessage((message) => message.phase === phase);
    const status = await engine.engine.stop();
    assertEquals(status.code, 0);
    assertEquals(await engine.end(), { code: 0, stdout: "", stderr: "" });
    assert(await gone(engine.corePid()));
  }
});

Deno.test("api_main.ts ends with one line when it cannot load or listen", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const cut = `${workshop.dir}/cut.gguf`;
  await Deno.writeFile(cut, (await Deno.readFile(workshop.model)).subarray(0, 2_000_000));
  const failures: [TestOptions, RegExp][] = [
    [{ port }, new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port} as the port is in use$`)],
    [
      { host: "192.0.2.1" },
      /^Cannot listen on 192\.0\.2\.1:0 as this machine has no such address$/,
    ],
    [{ model: cut }, /^Cannot load model as llama\.cpp failed: .*not within the file bounds.*$/],
    [
      { model: `${workshop.dir}/none.gguf` },
      /^Cannot load model as llama\.cpp failed: .*No such file or directory.*$/,
    ],
    [{ addon: workshop.dir }, /^Cannot load llama\.cpp as its addon does not load: [^\n]+$/],
  ];
  await Promise.all(failures.map(async ([options, line]) => {
    await using engine = await workshop.launch(options);
    const { code, stderr } = await engine.end();
    assertMatch(stderr, line);
    assertEquals(code, 1);
    assert(await gone(engine.corePid()));
  }));
  taken.close();
});

Deno.test("api_main.ts downloads its model as a phase, and tells so meanwhile", async () => {
  const bytes = await Deno.readFile(workshop.model);
  const asked = Promise.withResolvers<void>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(bytes.subarray(0, 1_000_000));
        await asked.promise;
        controller.enqueue(bytes.subarray(1_000_000));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-length": `${bytes.length}` } });
  });
  const listening = Promise.withResolvers<number>();
  const modelDir = `${workshop.dir}/models`;
  await using engine = await workshop.launch({
    model: `http://127.0.0.1:${server.addr.port}/some/model.gguf`,
    modelDir,
    launch: {
      onSpan: ({ name, attributes }) => {
        if (name === "listen HTTP") listening.resolve(Number(attributes["server.port"]));
      },
    },
  });
  await engine.nextMessage(({ phase, fraction }) => phase === "download" && Number(fraction) > 0);
  const health = await fetch(`http://127.0.0.1:${await listening.promise}/health`);
  assertEquals(health.status, 503);
  assertEquals((await health.json()).status, "loading");
  asked.resolve();
  const url = await engine.url();
  const answer = await post(`${url}/v1/completions`, { prompt: "the", max_tokens: 1 });
  assertEquals(answer.status, 200);
  await answer.body?.cancel();
  const download = engine.engine.spans().find(({ name }) => name === "download model");
  assertEquals(download?.attributes["coldtrace.phase"], "download");
  assertEquals(download?.attributes["llama.download.bytes"], bytes.length);
});

Deno.test("api_main.ts downloads from a hub with the permissions that it has", async () => {
  const content = await Deno.readFile(workshop.model);
  await using hub = new HubServer({ files: { "owner/repo@main/tiny.gguf": { content } } });
  const launch = { env: { HF_ENDPOINT: hub.url } };
  const modelDir = `${workshop.dir}/hub`;
  await using engine = await workshop.launch({
    model: "hf:owner/repo/tiny.gguf",
    modelDir,
    launch,
  });
  await engine.url();
  assertEquals((await engine.message("serving")).model, "tiny");

  await using missing = await workshop.launch({
    model: "hf:owner/repo/other.gguf",
    modelDir,
    launch,
  });
  const { code, stderr } = await missing.end();
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot .*hf:owner\/repo\/other\.gguf[^\n]*$/);
  assert(await gone(missing.corePid()));
});

Deno.test("api_main.ts and its core end when their launcher is killed", async () => {
  for (const until of ["weights", "serving"]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "-A",
        new URL("../testdata/llama/launcher_main.ts", import.meta.url).pathname,
        until,
        workshop.addon,
        workshop.model,
      ],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    // It prints the process ids and then waits to be killed.
    const { value } = await child.stdout.getReader().read();
    const pids = JSON.parse(new TextDecoder().decode(value)) as number[];
    assertEquals(pids.length, 2);
    child.kill("SIGKILL");
    await child.status;
    for (const pid of pids) assert(await gone(pid), `process ${pid} is left`);
  }
});

import { assert, assertEquals, assertMatch, assertObjectMatch } from "@std/assert";
import { MAX_BODY } from "../../../src/llama/api/body.ts";
import { CoreGoneError } from "../../../src/llama/api/core_client.ts";
import { FakeApp, frames } from "./_fake_core.ts";

const CHAT = { messages: [{ role: "user", content: "Hi" }] };

Deno.test("GET /health tells the phase when the engine loads", async () => {
  const app = new FakeApp({ ready: false });
  const { status } = app;
  const health = async () => {
    const response = await app.get("/health");
    return [response.status, await response.json()];
  };
  status.loading({ phase: "weights", fraction: 0.5 });
  assertEquals(await health(), [503, { status: "loading", phase: "weights", progress: 0.5 }]);
  status.loading({ phase: "warmup" });
  assertEquals(await health(), [503, { status: "loading", phase: "warmup" }]);
  const early = await app.post("/v1/completions", { prompt: "a" });
  assertEquals([early.status, (await early.json()).error.code], [503, "engine_loading"]);
  status.ready();
  status.loading({ phase: "late" });
  assertEquals(await health(), [200, { status: "ok" }]);
});

Deno.test("GET /health is 503 when the core does not answer, stops or has ended", async () => {
  const app = new FakeApp();
  const { core, status } = app;
  const health = async () => {
    const response = await app.get("/health");
    return [response.status, (await response.json()).status];
  };
  core.alive = false;
  assertEquals(await health(), [503, "unresponsive"]);
  status.end("stopping");
  assertEquals(await health(), [503, "stopping"]);
  status.end("failed");
  assertEquals(await health(), [503, "failed"]);
});

Deno.test("GET /v1/models names the one model", async () => {
  const app = new FakeApp();
  const list = await (await app.get("/v1/models")).json();
  assertObjectMatch(list, { object: "list" });
  assertObjectMatch(list.data[0], { id: "tiny", object: "model" });
  assertEquals((await (await app.get("/v1/models/tiny")).json()).id, "tiny");
  assertEquals((await app.get("/v1/models/other/model")).status, 404);
});

Deno.test("POST /v1/completions answers in OpenAI's shape", async () => {
  const app = new FakeApp();
  const { core } = app;
  const response = await app.post("/v1/completions", { model: "tiny", prompt: "a", max_tokens: 5 });
  const { id, created, ...answer } = await response.json();
  assertMatch(id, /^cmpl-[0-9a-f]{32}$/);
  assert(Math.abs(created - Date.now() / 1000) < 600);
  assertEquals(answer, {
    object: "text_completion",
    model: "tiny",
    choices: [{ index: 0, text: "Hello", logprobs: null, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
  });
  assertObjectMatch(core.requests[0] ?? {}, { prompt: { text: "a" }, maxTokens: 5 });
});

Deno.test("POST /v1/chat/completions answers in OpenAI's shape", async () => {
  const app = new FakeApp();
  const { core } = app;
  const answer = await (await app.post("/v1/chat/completions", CHAT)).json();
  assertMatch(answer.id, /^chatcmpl-/);
  assertEquals(answer.object, "chat.completion");
  assertEquals(answer.choices, [{
    index: 0,
    message: { role: "assistant", content: "Hello", refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }]);
  assertEquals(core.requests[0]?.maxTokens, undefined, "a chat goes on until it ends");
});

Deno.test("POST /v1/chat/completions streams role, text, end and usage", async () => {
  const app = new FakeApp();
  const response = await app.post("/v1/chat/completions", {
    ...CHAT,
    stream: true,
    stream_options: { include_usage: true },
  });
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const chunks = frames(await response.text());
  assertEquals(chunks.pop(), "[DONE]");
  assertEquals(
    chunks.map((chunk) => {
      const { choices, usage, object } = chunk as Record<string, unknown>;
      assertEquals(object, "chat.completion.chunk");
      return { choices, usage };
    }),
    [
      { choices: [choice({ role: "assistant", content: "" })], usage: null },
      { choices: [choice({ content: "Hel" })], usage: null },
      { choices: [choice({ content: "lo" })], usage: null },
      { choices: [choice({}, "stop")], usage: null },
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 } },
    ],
  );
});

Deno.test("POST /v1/completions streams without usage when it is not asked for", async () => {
  const app = new FakeApp();
  const response = await app.post("/v1/completions", { prompt: ["a"], stream: true });
  const chunks = frames(await response.text()) as Record<string, unknown>[];
  assertEquals(chunks.length, 4);
  assertEquals(chunks.slice(0, -1).map((chunk) => chunk.choices), [
    [{ index: 0, text: "Hel", logprobs: null, finish_reason: null }],
    [{ index: 0, text: "lo", logprobs: null, finish_reason: null }],
    [{ index: 0, text: "", logprobs: null, finish_reason: "stop" }],
  ]);
  assert(chunks.every((chunk) => !Object.hasOwn(chunk, "usage")));
});

Deno.test("POST /v1/completions passes the core's refusal on when it comes first", async () => {
  const app = new FakeApp();
  const { core, queue } = app;
  core.events = [{ type: "error", code: "context_length_exceeded", message: "too long" }];
  const response = await app.post("/v1/completions", { prompt: "a", stream: true });
  assertEquals(response.status, 400);
  assertEquals(await response.json(), {
    error: {
      message: "too long",
      type: "invalid_request_error",
      param: null,
      code: "context_length_exceeded",
    },
  });
  assertEquals(queue.size, 0);
});

Deno.test("POST /v1/completions ends a stream with an error frame when the core dies", async () => {
  const app = new FakeApp();
  const { core, queue } = app;
  core.events = [...core.events.slice(0, 2), new CoreGoneError("The engine core has ended")];
  const stream = await app.post("/v1/completions", { prompt: "a", stream: true });
  assertEquals(frames(await stream.text()).at(-1), {
    error: {
      message: "The engine core has ended",
      type: "service_unavailable_error",
      param: null,
      code: "engine_core_ended",
    },
  });
  const whole = await app.post("/v1/completions", { prompt: "a" });
  assertEquals(whole.status, 503);
  assertEquals(queue.size, 0);
});

Deno.test("POST /v1/completions cancels the core's work when the client goes away", async () => {
  const app = new FakeApp();
  const { core, queue } = app;
  core.events = core.events.slice(0, 2);
  const stream = await app.post("/v1/completions", { prompt: "a", stream: true });
  const reader = stream.body?.getReader();
  await reader?.read();
  assertEquals(queue.size, 1);
  await reader?.cancel();
  assertEquals(core.cancelled, 1);

  const client = new AbortController();
  const whole = app.post("/v1/completions", { prompt: "a" }, { signal: client.signal });
  client.abort();
  await whole.catch(() => {});
  await queue.empty();
  assertEquals(core.cancelled, 2);
});

Deno.test("POST /v1/completions is 429 past the queue, and open again after it", async () => {
  const app = new FakeApp({ limit: 1 });
  const { core } = app;
  const { events } = core;
  core.events = events.slice(0, 2);
  const first = await app.post("/v1/completions", { prompt: "a", stream: true });
  const second = await app.post("/v1/completions", { prompt: "a" });
  assertEquals([second.status, second.headers.get("retry-after")], [429, "1"]);
  const { error } = await second.json();
  assertEquals([error.type, error.code], ["rate_limit_error", "queue_full"]);
  await first.body?.cancel();
  core.events = events;
  assertEquals((await app.post("/v1/completions", { prompt: "a" })).status, 200);
});

Deno.test("POST /v1/completions is 503 when the engine does not serve", async () => {
  const app = new FakeApp();
  const { status } = app;
  status.end("stopping");
  const response = await app.post("/v1/completions", { prompt: "a" });
  assertEquals(response.status, 503);
  assertEquals((await response.json()).error.code, "engine_stopping");
});

Deno.test("POST refuses a body that is no JSON object, of another type or too large", async () => {
  const raw = (body: string, headers: Record<string, string>) =>
    new FakeApp().send("POST", "/v1/completions", { body, headers });
  const broken = await raw("{", { "content-type": "application/json" });
  assertEquals([broken.status, (await broken.json()).error.type], [400, "invalid_request_error"]);
  assertEquals((await raw("[1]", { "content-type": "application/json" })).status, 400);
  assertEquals((await raw("{}", { "content-type": "text/plain" })).status, 415);
  const json = { "content-type": "application/json; charset=utf-8" };
  assertEquals((await raw(" ".repeat(MAX_BODY + 1), json)).status, 413);
  assertEquals((await raw(`{"prompt":"a"}`, json)).status, 200);
});

Deno.test("POST refuses a body that is too large without saying so before", async () => {
  const block = new TextEncoder().encode(" ".repeat(2 ** 20));
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.enqueue(block);
      sent += block.length;
    },
  });
  const headers = { "content-type": "application/json" };
  const response = await new FakeApp().send("POST", "/v1/completions", { body, headers });
  assertEquals(response.status, 413);
  assert(sent <= MAX_BODY + 3 * block.length, `${sent} bytes were read`);
});

Deno.test("Unknown routes are 404, and known ones 405 for other methods", async () => {
  const app = new FakeApp();
  const unknown = await app.send("GET", "/v2/nothing");
  assertEquals(unknown.status, 404);
  assertEquals((await unknown.json()).error.message, "Invalid URL (GET /v2/nothing)");
  for (
    const [method, path, allow] of [
      ["DELETE", "/v1/models", "GET"],
      ["GET", "/v1/chat/completions", "POST"],
      ["OPTIONS", "/v1/completions", "POST"],
      ["POST", "/health", "GET"],
    ] as const
  ) {
    const response = await app.send(method, path);
    assertEquals([response.status, response.headers.get("allow")], [405, allow]);
    assertEquals((await response.json()).error.type, "invalid_request_error");
  }
});

Deno.test("Answers permit no other origin", async () => {
  const response = await new FakeApp().send("GET", "/v1/models", {
    headers: { origin: "https://example.com" },
  });
  assertEquals(response.headers.get("access-control-allow-origin"), null);
});

function choice(delta: Record<string, string>, reason: string | null = null) {
  return { index: 0, delta, logprobs: null, finish_reason: reason };
}

import { assert, assertEquals } from "@std/assert";
import { askFirstToken } from "../../src/sources/first_token.ts";
import { unixNano } from "../../src/trace/process.ts";
import { freePort } from "../_replay_process.ts";

interface Asked {
  method: string;
  path: string;
  headers: Headers;
  body: string;
}

/** An engine that keeps what it was asked. */
function engine(answer: (asked: Asked) => Response) {
  const asked: Asked[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { method, headers } = request;
    const one = {
      method,
      headers,
      path: new URL(request.url).pathname,
      body: await request.text(),
    };
    asked.push(one);
    return answer(one);
  });
  const url = `http://127.0.0.1:${server.addr.port}/health`;
  return { asked, url, [Symbol.asyncDispose]: () => server.shutdown() };
}

const TOKEN = { choices: [{ text: "!" }] };
const PROMPT = {
  path: "/v1/completions",
  body: (model: string) => ({ model, prompt: "Grüße", max_tokens: 1 }),
};

Deno.test("askFirstToken() posts one request when the model is known", async () => {
  await using server = engine(() => Response.json(TOKEN));
  const before = unixNano();
  const token = await askFirstToken({ ...PROMPT, url: server.url, model: "m" });

  assert("at" in token && token.at >= before && token.at <= unixNano());
  const [{ method, path, headers, body } = { headers: new Headers() }, ...more] = server.asked;
  assertEquals([method, path, more.length], ["POST", "/v1/completions", 0]);
  assertEquals(JSON.parse(body ?? ""), { model: "m", prompt: "Grüße", max_tokens: 1 });
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals([headers.get("authorization"), headers.get("traceparent")], [null, null]);
});

Deno.test("askFirstToken() asks what the model is called when it is not known", async () => {
  await using server = engine(({ path }) =>
    Response.json(path === "/v1/models" ? { data: [{ id: "first" }, { id: "second" }] } : TOKEN)
  );
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const token = await askFirstToken({
    ...PROMPT,
    url: server.url,
    models: "/v1/models",
    apiKey: "the key",
    traceparent,
  });

  assert("at" in token);
  assertEquals(server.asked.map(({ method, path }) => `${method} ${path}`), [
    "GET /v1/models",
    "POST /v1/completions",
  ]);
  assertEquals(JSON.parse(server.asked[1]?.body ?? "").model, "first");
  for (const { headers } of server.asked) {
    assertEquals(headers.get("authorization"), "Bearer the key");
    assertEquals(headers.get("traceparent"), traceparent);
  }
});

Deno.test("askFirstToken() tells status and body in one short line when the engine refuses", async () => {
  await using server = engine(() =>
    new Response(`{\n  "error": "no kernel for the key"}${"x".repeat(500)}`, { status: 500 })
  );
  const token = await askFirstToken({ ...PROMPT, url: server.url, model: "m", apiKey: "the key" });

  assert("error" in token);
  const [start, end] = ['POST /v1/completions: 500 { "error": "no kernel for [redacted]"}', "xxx"];
  assert(token.error.startsWith(start) && token.error.endsWith(end), token.error);
  assert(token.error.length < 250);
});

Deno.test("askFirstToken() takes no answer without a token for one", async () => {
  for (const body of ["", "<html>", "{}", '{"choices": []}', "null"]) {
    await using server = engine(() => new Response(body));
    const token = await askFirstToken({ ...PROMPT, url: server.url, model: "m" });
    assertEquals(token, { error: `POST /v1/completions: no token in '${body}'` });
  }
});

Deno.test("askFirstToken() tells why when no model can be found", async () => {
  const answers = ["{}", "[]", "null", "no JSON", '{"data":[]}', '{"data":[{"id":7}]}'];
  for (const answer of answers) {
    await using server = engine(() => new Response(answer));
    const token = await askFirstToken({ ...PROMPT, url: server.url, models: "/v1/models" });
    assertEquals(token, { error: `GET /v1/models names no model: ${answer}` });
  }
  assertEquals(await askFirstToken({ ...PROMPT, url: "http://127.0.0.1:1/" }), {
    error: "It is not known what the engine calls its model",
  });
});

Deno.test("askFirstToken() tells why when the engine is gone, goes or stays silent", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const options = { ...PROMPT, url: `http://127.0.0.1:${listener.addr.port}`, model: "m" };
  const answered = async (text: string) => {
    const token = askFirstToken(options);
    using conn = await listener.accept();
    await conn.read(new Uint8Array(4096));
    await conn.write(new TextEncoder().encode(text));
    return token;
  };
  assertEquals(await answered("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").then(), {
    error: "POST /v1/completions: the answer broke off",
  });
  assertEquals(await answered(""), {
    error: "POST /v1/completions: The connection was closed",
  });

  const silent = askFirstToken({ ...options, timeout: 1 });
  assertEquals(await silent, { error: "POST /v1/completions: no answer" });
  const controller = new AbortController();
  const given = askFirstToken({ ...options, signal: controller.signal });
  controller.abort(new Error("not wanted any more"));
  assertEquals(await given, { error: "POST /v1/completions: not wanted any more" });

  listener.close();
  // Not that port: what waited to be accepted there may be reset first.
  const gone = { ...options, url: `http://127.0.0.1:${freePort()}` };
  assertEquals(await askFirstToken(gone), {
    error: "POST /v1/completions: connection refused",
  });
});

Deno.test("askFirstToken() asks again when somebody listens where nobody did", async () => {
  const port = freePort();
  const options = { ...PROMPT, models: "/v1/models" };
  const refused = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<void>();
  const token = askFirstToken({
    ...options,
    url: `http://127.0.0.1:${port}/`,
    listens() {
      refused.resolve();
      return listening.promise;
    },
  });
  await refused.promise;
  await using _server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, () => {
    return Response.json({ data: [{ id: "m" }], ...TOKEN });
  });
  const before = unixNano();
  listening.resolve();
  const answer = await token;
  assert("at" in answer && answer.at >= before);
});

Deno.test("askFirstToken() tells that nobody listens after all, or not in time", async () => {
  const url = `http://127.0.0.1:${freePort()}/`;
  const options = { ...PROMPT, url, model: "m", timeout: 200 };
  const error = "POST /v1/completions: connection refused";
  assertEquals(await askFirstToken({ ...options, listens: () => Promise.resolve() }), { error });
  const never = () => new Promise<void>(() => {});
  assertEquals(await askFirstToken({ ...options, listens: never }), { error });
});

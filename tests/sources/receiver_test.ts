import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encodeTraces as encodeJson } from "../../src/otlp/json.ts";
import { LIMITS } from "../../src/sources/receiver/body.ts";
import { startReceiver } from "../../src/sources/receiver.ts";
import type { Testimony } from "../../src/sources/witness.ts";
import { capturedBodies } from "../otlp/_captures.ts";
import { encodeTraces, field } from "../otlp/_protobuf.ts";
import {
  bomb,
  connect,
  gzip,
  JSON_TYPE,
  post,
  PROFILE,
  PROTOBUF,
  spanRecord,
} from "./_receiver.ts";

const ONE = encodeTraces([spanRecord(1)]);
const MiB = 2 ** 20;

function namesOf({ spans }: Testimony): string[] {
  return spans.map(({ name }) => name);
}

/** The line about requests that were refused. */
function refusedLine(count: number, last: string): string[] {
  return [
    `requests with the engine's own spans that were refused: ${count}, the last one with ${last}`,
  ];
}

Deno.test("startReceiver() takes spans as protobuf and JSON, plain and gzip, and answers in kind", async () => {
  await using receiver = startReceiver();
  const json = new TextEncoder().encode(encodeJson([spanRecord(2)]));
  const zipped = { "content-encoding": "gzip" };
  const answers = [
    await post(receiver.endpoint, ONE),
    await post(receiver.endpoint, json, JSON_TYPE),
    await post(receiver.endpoint, await gzip(encodeTraces([spanRecord(3)])), PROTOBUF, zipped),
    await post(
      receiver.endpoint,
      await gzip(new TextEncoder().encode(encodeJson([spanRecord(4)]))),
      "Application/JSON; charset=utf-8",
      { "content-encoding": "GZIP" },
    ),
    await post(receiver.endpoint, new Uint8Array(0), PROTOBUF, { "content-encoding": "identity" }),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assertEquals(
    answers.map(({ type, body }) => [type, new TextDecoder().decode(body)]),
    [[PROTOBUF, ""], [JSON_TYPE, "{}"], [PROTOBUF, ""], [JSON_TYPE, "{}"], [PROTOBUF, ""]],
  );
  const testimony = receiver.testimony();
  assertEquals(namesOf(testimony), ["span 1", "span 2", "span 3", "span 4"]);
  assertEquals(testimony.processes.map(({ pid }) => pid), [41]);
  assertEquals(testimony.missing, []);
});

Deno.test("startReceiver() tells the same of both encodings when real vLLM sent them", async () => {
  await using protobuf = startReceiver({ profile: PROFILE });
  await using json = startReceiver({ profile: PROFILE });
  for (const body of capturedBodies()) {
    assertEquals((await post(protobuf.endpoint, body.protobuf)).status, 200);
    assertEquals((await post(json.endpoint, body.json, JSON_TYPE)).status, 200);
  }
  assertEquals(protobuf.testimony(), json.testimony());
  assertEquals(protobuf.testimony().spans.length, 161);
});

Deno.test("startReceiver() listens on loopback under a path that nobody can guess", async () => {
  await using one = startReceiver();
  await using other = startReceiver();
  assertMatch(one.endpoint, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/v1\/traces$/);
  const { origin, pathname } = new URL(one.endpoint);
  for (
    const path of [
      "/",
      "/v1/traces",
      `${pathname}/`,
      pathname.toUpperCase(),
      pathname.slice(0, -1),
      new URL(other.endpoint).pathname,
    ]
  ) {
    assertEquals((await post(origin + path, ONE)).status, 404);
  }
  assertEquals((await post(`${one.endpoint}?a=1`, ONE)).status, 200);
  assertEquals(one.testimony().spans.length, 1);
  assertEquals(other.testimony(), { processes: [], spans: [], missing: [] });
});

Deno.test("startReceiver() answers without the body when the path is wrong, or the host is none", async () => {
  await using receiver = startReceiver();
  const wrong = receiver.endpoint.replace("/v1/", "/v2/");
  using announced = await connect(wrong, "Content-Length: 1000");
  assertEquals(await announced.status, 404);
  using hostless = await connect(receiver.endpoint, "Host: a b", "Content-Length: 0");
  assertEquals(await hostless.status, 404);
});

Deno.test("startReceiver() takes no method but POST", async () => {
  await using receiver = startReceiver();
  for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]) {
    const response = await fetch(receiver.endpoint, { method });
    await response.body?.cancel();
    assertEquals([method, response.status, response.headers.get("allow")], [method, 405, "POST"]);
  }
});

Deno.test("startReceiver() takes no type and no encoding but OTLP's", async () => {
  await using receiver = startReceiver();
  const { endpoint } = receiver;
  for (const type of ["", "text/plain", "application/protobuf", "application/x-protobuf2"]) {
    assertEquals((await post(endpoint, ONE, type)).status, 415);
  }
  for (const encoding of ["deflate", "br", "gzip, gzip", "x"]) {
    const { status, headers } = await post(endpoint, ONE, PROTOBUF, {
      "content-encoding": encoding,
    });
    assertEquals([status, headers.get("accept-encoding")], [415, "gzip"]);
  }
  assertEquals(receiver.testimony().missing, refusedLine(8, "415, only gzip"));
});

Deno.test("startReceiver() says what is wrong, as OTLP wants it, when a body is not OTLP", async () => {
  await using receiver = startReceiver();
  const { endpoint } = receiver;
  const cut = await post(endpoint, ONE.slice(0, -1));
  const message = "Cannot decode OTLP/protobuf as a field must be whole: current value is cut off";
  assertEquals([cut.status, cut.type], [400, PROTOBUF]);
  assertEquals(cut.body, field(2, message)); // google.rpc.Status
  const json = await post(endpoint, '{"resourceSpans":1}', JSON_TYPE);
  assertEquals([json.status, json.type], [400, JSON_TYPE]);
  assertEquals(JSON.parse(new TextDecoder().decode(json.body)), {
    message: "Cannot decode OTLP/JSON as 'resourceSpans' must be an array: current value is 1",
  });
  const long = await post(endpoint, `{"resourceSpans":"${"ü".repeat(500)}"}`, JSON_TYPE);
  assertEquals(long.status, 400);
  const zipped = { "content-encoding": "gzip" };
  assertEquals((await post(endpoint, ONE, PROTOBUF, zipped)).status, 400);
  const whole = await gzip(ONE);
  assertEquals((await post(endpoint, whole.slice(0, -1), PROTOBUF, zipped)).status, 400);
  assertEquals(namesOf(receiver.testimony()), []);
  assertEquals(receiver.testimony().missing, refusedLine(5, "400, the body is not gzip"));
});

Deno.test("startReceiver() refuses a body that is too large, declared, real or inflated", async () => {
  await using receiver = startReceiver();
  const { endpoint } = receiver;
  using declared = await connect(endpoint, "Content-Length: 4194305");
  assertEquals(await declared.status, 413);
  using chunked = await connect(endpoint, "Transfer-Encoding: chunked");
  const megabyte = new Uint8Array(MiB);
  for (let i = 0; i < 5; i++) {
    await chunked.send(`${MiB.toString(16)}\r\n`);
    await chunked.send(megabyte);
    await chunked.send("\r\n");
  }
  assertEquals(await chunked.status, 413);
  const zipped = { "content-encoding": "gzip" };
  assertEquals((await post(endpoint, bomb(5), PROTOBUF, zipped)).status, 413);
  assertEquals((await post(endpoint, bomb(10_000), PROTOBUF, zipped)).status, 413);
  // It goes on.
  assertEquals((await post(endpoint, ONE)).status, 200);
  assertEquals(receiver.testimony().spans.length, 1);
});

Deno.test("startReceiver() gives up a body that does not come in time", async () => {
  await using receiver = startReceiver({}, { ...LIMITS, deadline: 1 });
  using silent = await connect(receiver.endpoint, "Content-Length: 1000");
  await silent.send(ONE);
  assertEquals(await silent.status, 408);
  assertEquals(receiver.testimony().missing, refusedLine(1, "408, the body came too slowly"));
});

Deno.test("startReceiver() tells senders to come again when there is no room for what they send", async () => {
  await using receiver = startReceiver({}, { ...LIMITS, inHand: ONE.length - 1 });
  const { status, headers } = await post(receiver.endpoint, ONE);
  assertEquals([status, headers.get("retry-after")], [503, "1"]);
  assertEquals((await post(receiver.endpoint, "{}", JSON_TYPE)).status, 200);
  assertEquals(receiver.testimony().missing, []);
});

Deno.test("startReceiver() answers each of 1,000 connections at once, and those that come after", async () => {
  await using receiver = startReceiver();
  using connections = new DisposableStack();
  const { endpoint } = receiver;
  const all = await Promise.all(Array.from({ length: 1_000 }, async (_, n) => {
    const body = encodeTraces([spanRecord(n)]);
    const connection = connections.use(await connect(endpoint, `Content-Length: ${body.length}`));
    return { connection, body };
  }));
  // All have begun before any ends; every tenth stays behind.
  await Promise.all(all.map(({ connection, body }) => connection.send(body.subarray(0, 20))));
  assertEquals((await post(endpoint, encodeTraces([spanRecord(1_000)]))).status, 200);
  const ended = all.filter((_, n) => n % 10 > 0);
  await Promise.all(ended.map(({ connection, body }) => connection.send(body.subarray(20))));
  const statuses = await Promise.all(ended.map(({ connection }) => connection.status));
  assertEquals(new Set(statuses), new Set([200]));
  assertEquals(receiver.testimony().spans.length, 901);
});

Deno.test("startReceiver() hands on all spans, whatever is made of them", async () => {
  const forwarded: string[] = [];
  await using receiver = startReceiver({
    forward(spans) {
      forwarded.push(...spans.map(({ name }) => name));
      throw new Error("The destination is down");
    },
  });
  const zipped = await gzip(ONE);
  await post(receiver.endpoint, zipped, PROTOBUF, { "content-encoding": "gzip" });
  await post(receiver.endpoint, encodeTraces([{ ...spanRecord(2), kind: 2 }]));
  await post(receiver.endpoint, "not OTLP", PROTOBUF);
  assertEquals(forwarded, ["span 1", "span 2"]);
  assertEquals(namesOf(receiver.testimony()), ["span 1"]);
});

Deno.test("Receiver.release() takes what comes, keeps none of it, and hands it on", async () => {
  const forwarded: string[] = [];
  await using receiver = startReceiver({
    forward: (spans) => forwarded.push(...spans.map(({ name }) => name)),
  });
  await post(receiver.endpoint, ONE);
  receiver.release();
  assertEquals((await post(receiver.endpoint, encodeTraces([spanRecord(2)]))).status, 200);
  assertEquals(namesOf(receiver.testimony()), ["span 1"]);
  assertEquals(forwarded, ["span 1", "span 2"]);
});

Deno.test("Receiver.stop() ends, and may be called again, when connections hang in every state", async () => {
  const receiver = startReceiver({}, { ...LIMITS, grace: 1 });
  const { endpoint } = receiver;
  await post(endpoint, ONE);
  using headless = await connect(endpoint, "Content-Length: 1000");
  using bodiless = await connect(endpoint, "Content-Length: 1000");
  await bodiless.send(ONE);
  using ignored = await connect(endpoint.replace("v1", "v2"), "Content-Length: 1000");
  assertEquals(await ignored.status, 404);
  const { hostname, port } = new URL(endpoint);
  using silent = await Deno.connect({ hostname, port: Number(port) });
  await silent.write(new TextEncoder().encode("POST"));
  await Promise.all([receiver.stop(), receiver.stop()]);
  await receiver.stop();
  await assertRejects(() => post(endpoint, ONE), TypeError);
  assertEquals(receiver.testimony().spans.length, 1);
  void headless;
});

Deno.test("Receiver.stop() lets what is under way come to its end", async () => {
  const receiver = startReceiver();
  using connection = await connect(receiver.endpoint, `Content-Length: ${ONE.length}`);
  await connection.send(ONE.subarray(0, 20));
  await post(receiver.endpoint, encodeTraces([spanRecord(2)])); // the other has come, too
  const stopped = receiver.stop();
  await connection.send(ONE.subarray(20));
  await stopped;
  assertEquals(await connection.status, 200);
  assertEquals(namesOf(receiver.testimony()), ["span 2", "span 1"]);
});

Deno.test("startReceiver() keeps no process alive and prints nothing, whatever comes", async () => {
  const source = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { startReceiver } = await import(${source("../../src/sources/receiver.ts")});
    const { LIMITS } = await import(${source("../../src/sources/receiver/body.ts")});
    const { connect } = await import(${source("./_receiver.ts")});
    const { endpoint } = startReceiver();
    for (const body of ["", "x", new Uint8Array(20 << 20)]) {
      const headers = { "content-type": "application/x-protobuf" };
      await (await fetch(endpoint, { method: "POST", body, headers })).bytes();
      await (await fetch(endpoint + "/", { method: "POST", body, headers })).bytes();
    }
    const hasty = startReceiver({}, { ...LIMITS, deadline: 1 });
    const slow = await connect(hasty.endpoint, "Content-Length: 5");
    await slow.status;
    slow[Symbol.dispose]();
    const stopped = startReceiver({}, { ...LIMITS, grace: 1 });
    globalThis.open = await connect(stopped.endpoint, "Content-Length: 5");
    await stopped.stop();`;
  const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(60_000), // for what never ends
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([exit, text(stdout), text(stderr)], [0, "", ""]);
});

import { assertEquals, assertRejects } from "@std/assert";
import { ChannelCoreClient, CoreGoneError } from "../../../src/llama/api/core_client.ts";
import type { GenerateRequest, Progress } from "../../../src/llama/protocol.ts";

/** A channel whose other end is the test. */
class TestChannel {
  readonly sent: Record<string, unknown>[] = [];
  #handler: (message: Record<string, unknown>) => void = () => {};

  send(message: Record<string, unknown>): Promise<void> {
    this.sent.push(message);
    return Promise.resolve();
  }

  onMessage(handler: (message: Record<string, unknown>) => void): void {
    this.#handler = handler;
  }

  reply(message: Record<string, unknown>): void {
    this.#handler(message);
  }
}

const REQUEST = { prompt: { text: "a" } } as GenerateRequest;

function connect() {
  const channel = new TestChannel();
  const progress: Progress[] = [];
  const client = new ChannelCoreClient(
    channel,
    ({ phase, fraction }) => progress.push({ phase, ...(fraction !== undefined && { fraction }) }),
  );
  return { channel, client, progress };
}

Deno.test("ChannelCoreClient.generate() keeps requests apart", async () => {
  const { channel, client } = connect();
  const [one, two] = [client.generate(REQUEST), client.generate(REQUEST)];
  const [a, b] = channel.sent.map(({ id }) => id);
  channel.reply({ type: "accepted", id: b, promptTokens: 2 });
  channel.reply({ type: "accepted", id: a, promptTokens: 1 });
  channel.reply({ type: "text", id: 999, text: "?", tokens: 1 });
  assertEquals(await one.next(), { type: "accepted", id: a, promptTokens: 1 } as unknown);
  assertEquals(await two.next(), { type: "accepted", id: b, promptTokens: 2 } as unknown);
});

Deno.test("ChannelCoreClient.generate() gives an event to who already waits", async () => {
  const { channel, client } = connect();
  const generation = client.generate(REQUEST);
  const next = generation.next();
  channel.reply({ type: "done", id: 1, reason: "stop", tokens: 0 });
  assertEquals((await next).type, "done");
});

Deno.test("Generation.cancel() tells the core once, and not when it has ended", async () => {
  const { channel, client } = connect();
  const running = client.generate(REQUEST);
  const next = running.next();
  running.cancel();
  running.cancel();
  await assertRejects(() => next, DOMException);
  assertEquals(channel.sent.map(({ type }) => type), ["generate", "cancel"]);

  const done = client.generate(REQUEST);
  channel.reply({ type: "done", id: 2, reason: "stop", tokens: 0 });
  await done.next();
  done.cancel();
  assertEquals(channel.sent.length, 3);
});

Deno.test("ChannelCoreClient.ping() is false when the core is silent or gone", async () => {
  const { channel, client } = connect();
  assertEquals(await client.ping(1), false);
  const ping = client.ping(60_000);
  channel.reply({ type: "pong", id: channel.sent.at(-1)?.id });
  assertEquals(await ping, true);
  const waiting = client.ping();
  client.end("gone");
  assertEquals(await waiting, false);
  assertEquals(await client.ping(), false);
});

Deno.test("ChannelCoreClient.end() fails what is open after what came, and what comes later", async () => {
  const { channel, client } = connect();
  const generation = client.generate(REQUEST);
  channel.reply({ type: "text", id: 1, text: "a", tokens: 1 });
  client.end("The engine core has ended");
  client.end("again");
  assertEquals((await generation.next()).type, "text");
  const error = await assertRejects(() => generation.next(), CoreGoneError);
  assertEquals(error.message, "The engine core has ended");
  await assertRejects(() => client.generate(REQUEST).next(), CoreGoneError);
});

Deno.test("ChannelCoreClient.loaded tells what was loaded, or why nothing was", async () => {
  const good = connect();
  good.channel.reply({ type: "progress", phase: "weights", fraction: 0.5 });
  good.channel.reply({ type: "loaded", contextSize: 512, parallel: 4 });
  assertEquals(await good.client.loaded, { contextSize: 512, parallel: 4 });
  assertEquals(good.progress, [{ phase: "weights", fraction: 0.5 }]);
  const bad = connect();
  bad.channel.reply({ type: "failed", message: "no such file" });
  assertEquals((await assertRejects(() => bad.client.loaded, Error)).message, "no such file");
});

import { assertEquals, assertInstanceOf } from "@std/assert";
import { poll, type ProbeHandlers } from "../../src/launch/_probe.ts";

/** Notes what it is told. */
function recorder() {
  const told: unknown[] = [];
  const handlers: ProbeHandlers = {
    ready: () => told.push("ready"),
    changed: () => told.push("changed"),
    failed: (error) => told.push(error),
  };
  return { told, handlers };
}

Deno.test("poll() tells of answers that differ from the one before, until one is a success", async () => {
  const answers: [status: number, body: string | null][] = [
    [503, "loading 1 %"],
    [503, "loading 1 %"],
    [503, "loading 2 %"],
    [500, "loading 2 %"],
    [302, null],
    [204, null],
  ];
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    const [status, body] = answers[asked++] ?? [500, null];
    return new Response(body, { status, headers: { location: "/ready" } });
  });
  const { told, handlers } = recorder();
  const url = new URL(`http://127.0.0.1:${server.addr.port}/health`);
  await poll({ url, interval: 1 }, new AbortController().signal, handlers);
  assertEquals(told, ["changed", "changed", "changed", "ready"]);
  assertEquals(asked, answers.length);
});

Deno.test("poll() takes what goes wrong for an answer", async () => {
  const answers = [
    () => Promise.reject(new Error("refused")),
    () => Promise.reject(new Error("refused")),
    () => Promise.resolve("yes" as unknown as boolean),
    () => Promise.resolve(true),
  ];
  const { told, handlers } = recorder();
  const ask = () => answers.shift()?.() ?? Promise.resolve(true);
  await poll(ask, new AbortController().signal, handlers);
  const [first, second, ...others] = told;
  assertInstanceOf(first, Error);
  assertInstanceOf(second, Error);
  assertEquals(others, ["changed", "ready"]);
});

Deno.test("poll() reads no more than the beginning of an answer, and may be called off within it", async () => {
  const { promise: isAsked, resolve } = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    resolve();
    // It begins and never ends.
    const body = new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(10)) });
    return new Response(body, { status: 503 });
  });
  const { told, handlers } = recorder();
  const controller = new AbortController();
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const over = poll({ url }, controller.signal, handlers);
  await isAsked;
  controller.abort();
  await over;
  assertEquals(told, []);
});

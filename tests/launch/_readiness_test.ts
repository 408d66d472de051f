import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { poll, type ProbeHandlers, Readiness } from "../../src/launch/_readiness.ts";

const encoder = new TextEncoder();

Deno.test("Readiness is settled by the first thing that happens", async () => {
  const race = new Readiness({ channel: true });
  race.ready(5n, { a: 1 });
  race.settle({ kind: "exit" });
  assertEquals(await race.outcome, { kind: "ready", time: 5n, attributes: { a: 1 } });
  const other = new Readiness({ channel: true, startTimeout: 60_000 });
  other.settle({ kind: "abort", reason: "r" });
  other.ready();
  assertEquals(await other.outcome, { kind: "abort", reason: "r" });
});

Deno.test("Readiness without a criterion is ready at once", async () => {
  const race = new Readiness({ channel: false, startTimeout: 1 });
  assertEquals([race.hasCriterion, (await race.outcome).kind], [false, "ready"]);
});

Deno.test("Readiness counts the stall from the last sign of life", async () => {
  const limit = 150;
  const race = new Readiness({ channel: true, stallTimeout: limit });
  let last = performance.now();
  let isOver = false;
  const over = race.outcome.then((outcome) => {
    isOver = true;
    assertEquals(outcome, { kind: "stall-timeout" });
    // Whenever it comes, it must not come sooner.
    assert(performance.now() - last >= limit - 1);
  });
  for (let i = 0; i < 30 && !isOver; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (isOver) break;
    last = performance.now();
    race.alive();
  }
  await over;
});

Deno.test("Readiness stops asking and reading when it is over", async () => {
  let asked = 0;
  const { promise: first, resolve } = Promise.withResolvers<AbortSignal>();
  const race = new Readiness({
    channel: true,
    probe: (signal) => {
      asked++;
      resolve(signal);
      return Promise.resolve(false);
    },
  });
  const signal = await first;
  race.ready();
  assert(signal.aborted);
  await race.outcome;
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 150));
  assertEquals(asked, before);
});

Deno.test("Readiness matches lines of each stream by themselves", async () => {
  const race = new Readiness({ channel: false, probe: { line: /^ready$/y } });
  const [out, err] = [race.watchLines(), race.watchLines()];
  out?.push(encoder.encode("re"));
  err?.push(encoder.encode("ady\n"));
  out?.push(encoder.encode("ad\nready"));
  out?.push(encoder.encode("\n"));
  assertEquals((await race.outcome).kind, "ready");
});

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

import { assert, assertEquals } from "@std/assert";
import { Readiness } from "../../src/launch/_readiness.ts";

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

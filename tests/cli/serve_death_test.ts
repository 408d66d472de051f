/** Starts that die: each is stored, says what it died of, and leaves nothing running. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readStart, type Start } from "../../src/read/start.ts";
import { rows } from "../../src/read/rows.ts";
import { type TimeReport, timeReport } from "../../src/show/time_json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { writeBigModel } from "../_big_model.ts";
import { coldtrace, type Ended, type Serve, type ServeOptions, Yard } from "../_serve.ts";

type Role = "API server" | "engine core";

/** The spans after whose end something is killed: it is at work on the next one then. */
const MOMENTS: [Role, string][] = [
  ["API server", "process start"],
  ["API server", "runtime boot"],
  ["API server", "connect launcher"],
  ["API server", "import modules"],
  ["engine core", "process start"],
  ["engine core", "connect launcher"],
  ["engine core", "import modules"],
  ["engine core", "load library"],
  ["engine core", "init backend"],
  ["engine core", "load weights"],
  ["engine core", "allocate KV cache"],
  ["engine core", "warm up"],
];

/** What the stored run says; that it adds up is checked. */
async function reportOf(serve: Serve): Promise<{ start: Start; report: TimeReport }> {
  const start = readStart(await serve.records());
  const report = timeReport(start, rows(start));
  const total = report.rows.reduce((sum, { ns }) => sum + ns, 0);
  assertEquals(total, report.total_ns);
  return { start, report };
}

/** Checks what holds whenever a process of the engine was killed. */
async function checkKilled(serve: Serve, ended: Ended): Promise<TimeReport> {
  await serve.gone();
  assertEquals(ended.code, 1, ended.stderr);
  const { start, report } = await reportOf(serve);
  if (report.ready) {
    // It was killed between ready and first token.
    assertMatch(ended.stderr, /SIGKILL/);
    return report;
  }
  assertEquals(start.root?.status.code, 2);
  assertMatch(`${report.ended?.signal} ${ended.stderr}`, /SIGKILL/);
  assertMatch(ended.stdout, /^llama\.cpp died after .+\n/);
  return report;
}

/** How to start with a model whose weights take a while. */
function withBigModel(yard: Yard): ServeOptions {
  const dir = yard.dir();
  const path = `${dir}/big.gguf`;
  writeBigModel(path, 49_152);
  return { dir, isTraced: true, args: ["--model", path, "--no-mmap"] };
}

/** Resolves when the engine's own health check says how far its weights are loaded. */
async function loadingWeights(serve: Serve): Promise<void> {
  const { attributes } = await serve.span("API server", "listen HTTP");
  const url = `http://127.0.0.1:${attributes["server.port"]}`;
  for (;;) {
    const response = await fetch(`${url}/health`);
    const { status, phase, progress } = await response.json();
    assertEquals([response.status, status], [503, "loading"]);
    if (phase === "weights" && progress !== undefined) return;
  }
}

/** The one span of that name, if there is one. */
function spanOf(records: readonly SpanRecord[], name: string): SpanRecord | undefined {
  return records.find((record) => record.name === name);
}

for (const victim of ["engine core", "API server"] as const) {
  Deno.test(`serve stores a start whose ${victim} is killed at any moment`, async () => {
    await using yard = await Yard.open();
    {
      await using serve = await yard.serve();
      Deno.kill(await serve.pidOf(victim), "SIGKILL");
      await checkKilled(serve, await serve.ended());
    }
    for (const [process, name] of MOMENTS) {
      await using serve = await yard.serve({ isTraced: true });
      await serve.span(process, name);
      const found = (await serve.processes()).find(({ role }) => role === victim);
      // The API server says of its core that it is starting before that exists.
      Deno.kill(found?.pid ?? await serve.pidOf(victim), "SIGKILL");
      const { ended: how } = await checkKilled(serve, await serve.ended());
      if (victim === "API server" && how) assertEquals(how.signal, "SIGKILL");
    }
  });

  Deno.test(`serve names the phase in which its ${victim} was killed`, async () => {
    await using yard = await Yard.open();
    await using serve = await yard.serve(withBigModel(yard));
    const pid = await serve.pidOf(victim);
    await loadingWeights(serve);
    Deno.kill(pid, "SIGKILL");
    const ended = await serve.ended();
    const report = await checkKilled(serve, ended);
    assertEquals([report.ready, report.open], [false, ["load weights"]]);
    assertEquals(report.ended?.signal, "SIGKILL");
    assertEquals(report.ended?.message, `process ${victim} was ended by SIGKILL`);
    assertMatch(ended.stdout, /^llama.cpp died after .+ in load weights: killed by SIGKILL\n/);
    assertMatch(ended.stderr, /SIGKILL.*\n$/);
    const records = await serve.records();
    const weights = spanOf(records, "load weights");
    assertEquals([weights?.status.code, weights?.attributes["coldtrace.open"]], [2, true]);
    const process = spanOf(records, `process ${victim}`);
    assertEquals(process?.status.code, 2);
    assertEquals(process?.attributes["process.exit.signal"], "SIGKILL");
    const time = await coldtrace(["time", "--dir", serve.dir]);
    assert(ended.stdout.startsWith(time.stdout));
  });
}

Deno.test("serve ends when its engine does not go on", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve();
  await serve.started();
  Deno.kill(await serve.pidOf("engine core"), "SIGKILL");
  const { code, stderr } = await serve.ended();
  assertEquals(code, 1);
  assertMatch(stderr, /SIGKILL.*\nllama\.cpp ended: exit code 1\n$/);
  await serve.gone();
  assertEquals((await reportOf(serve)).report.ready, true);
});

Deno.test("serve finds out that its core hangs, and stops all the same", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve();
  const url = await serve.url();
  await serve.started();
  Deno.kill(await serve.pidOf("engine core"), "SIGSTOP");
  const response = await fetch(`${url}/health`);
  assertEquals([response.status, (await response.json()).status], [503, "unresponsive"]);
  assertEquals((await serve.stop()).code, 0);
  await serve.gone();
});

Deno.test("serve stops while it loads, and stores how far it got", async () => {
  await using yard = await Yard.open();
  for (const hangs of [false, true]) {
    await using serve = await yard.serve(withBigModel(yard));
    const pid = await serve.pidOf("engine core");
    await loadingWeights(serve);
    if (hangs) Deno.kill(pid, "SIGSTOP");
    const ended = await serve.stop();
    assertEquals(ended.code, 128 + 15, ended.stderr);
    await serve.gone();
    const { report } = await reportOf(serve);
    // It may have gone on a little before it was told.
    assertEquals([report.ready, report.open?.[0]], [false, "load weights"]);
    assertEquals([report.ended?.reason, report.ended?.message], ["stopped", "Stopped by SIGTERM"]);
    assertMatch(ended.stdout, /^llama\.cpp died after .+ in .+: stopped/);
  }
});

Deno.test("serve leaves nothing running when it is killed itself", async () => {
  await using yard = await Yard.open();
  const moments: [Role, string][] = [
    ["API server", "process start"],
    ["engine core", "process start"],
    ["engine core", "init backend"],
    ["engine core", "warm up"],
  ];
  for (const [process, name] of moments) {
    await using serve = await yard.serve({ isTraced: true });
    await serve.span(process, name);
    serve.kill("SIGKILL");
    assertEquals((await serve.ended()).signal, "SIGKILL");
    await serve.gone();
    const { start, report } = await reportOf(serve);
    // The last moments can be after ready.
    if (report.ready) continue;
    assertEquals([start.root, report.ended?.reason], [undefined, "launcher-killed"]);
    assert(spanOf(start.spans, name), `Expected '${name}' to be stored`);
    const time = await coldtrace(["time", "--dir", serve.dir]);
    assertEquals([time.code, time.stderr], [0, ""]);
    assertMatch(
      time.stdout,
      /^llama\.cpp broke off after .+: its end was not stored \(was coldtrace killed, or the disk full\?\)\n/,
    );
  }
});

Deno.test("serve names what is open while it lasts, and when coldtrace itself was killed", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve(withBigModel(yard));
  await loadingWeights(serve);
  const time = async (): Promise<TimeReport> =>
    JSON.parse((await coldtrace(["time", "--json", "--dir", serve.dir])).stdout);
  const running = await time();
  assertEquals([running.ready, running.open, running.ended], [false, ["load weights"], null]);
  serve.kill("SIGKILL");
  await serve.ended();
  await serve.gone();
  const { engine, ready, open, ended } = await time();
  assertEquals([engine, ready, open], ["llama.cpp", false, ["load weights"]]);
  assertEquals(ended?.reason, "launcher-killed");
  const { stdout } = await coldtrace(["time", "--dir", serve.dir]);
  assertMatch(stdout, /^llama\.cpp broke off after .+ in load weights: its end was not stored /);
  // The run's own file holds none that has no end.
  assert((await serve.records()).every(({ endTimeUnixNano }) => endTimeUnixNano !== undefined));
});

Deno.test("serve says in the trace how its core died before the first token", async () => {
  await using yard = await Yard.open();
  for (let attempt = 0; attempt < 10; attempt++) {
    await using serve = await yard.serve(withBigModel(yard));
    const pid = await serve.pidOf("engine core");
    await serve.url();
    Deno.kill(pid, "SIGKILL");
    await serve.ended();
    const { start, report } = await reportOf(serve);
    // It takes tens of milliseconds, which may have passed.
    if (report.first_token_ns !== null) continue;
    const token = spanOf(start.spans, "first token");
    const message = "Cannot go on as the engine core ended with SIGKILL";
    for (const span of [token, start.root]) {
      assertEquals(span?.status, { code: 2, message });
      assertEquals(span?.attributes["process.exit.signal"], "SIGKILL");
    }
    return;
  }
  throw new Error("Expected to be quicker once");
});

Deno.test("serve says why a model does not load", async () => {
  await using yard = await Yard.open();
  const path = `${yard.dir()}/truncated.gguf`;
  await Deno.writeFile(path, (await Deno.readFile(yard.model)).subarray(0, 200_000));
  await using serve = await yard.serve({ args: ["--model", path, "--json"] });
  const { code, stdout, stderr } = await serve.ended();
  assertEquals(code, 1);
  assertMatch(stderr, /^Cannot load model as llama\.cpp failed: .+\n$/);
  await serve.gone();
  const { report } = await reportOf(serve);
  assertEquals(JSON.parse(stdout), report);
  assertEquals([report.ready, report.open], [false, ["load weights"]]);
  assertEquals([report.ended?.reason, report.ended?.exit_code], ["exit", 1]);
  assertEquals(`${report.ended?.message}\n`, stderr);
});

Deno.test("serve says that a port is in use", async () => {
  await using yard = await Yard.open();
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  await using serve = await yard.serve({ args: ["--port", `${port}`] });
  const { code, stdout, stderr } = await serve.ended();
  assertEquals(code, 1);
  assertEquals(stderr, `Cannot listen on 127.0.0.1:${port} as the port is in use\n`);
  assertMatch(stdout, /^llama\.cpp died after .+ in listen HTTP: exit code 1\n/);
  await serve.gone();
  const { report } = await reportOf(serve);
  assertEquals(report.open?.at(-1), "listen HTTP");
});

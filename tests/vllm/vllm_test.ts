/** `run` on a real vLLM: that its starts are explained, and that its deaths are told. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { rows } from "../../src/read/rows.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { type TimeReport, timeReport } from "../../src/show/time_json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { coldtrace } from "../_serve.ts";
import { freePort, type RunChild } from "../cli/_run_yard.ts";
import {
  askForTokens,
  Destination,
  distance,
  hasVllm,
  modelOf,
  now,
  type Outside,
  programOf,
  readyAt,
  VllmYard,
} from "./_vllm.ts";

/** How far coldtrace and an outside clock may be from each other, in milliseconds. */
const TOLERANCE = 50;

async function lastOf(yard: VllmYard): Promise<{ start: Start; report: TimeReport }> {
  const records = (await yard.yard.runs()).at(-1);
  assert(records);
  const start = readStart(records);
  return { start, report: timeReport(start, rows(start)) };
}

function assertExplained({ start, report }: { start: Start; report: TimeReport }, out: Outside) {
  assertEquals(report.ready, true);
  assert(report.leaf_share >= 0.99, `leaf_share is ${report.leaf_share}`);
  assertEquals(report.rows.reduce((sum, { ns }) => sum + ns, 0), report.total_ns);
  assert(distance(start.end, out.ready) <= TOLERANCE, "ready agrees with an outside clock");
  assert(distance(start.firstToken, out.firstToken) <= TOLERANCE, "so does the first token");
}

function phasesOf(report: TimeReport, process: string): string[] {
  return report.rows.filter((row) => row.process === process).map(({ phase }) => phase);
}

function vllmTest(name: string, fn: (yard: VllmYard) => Promise<void>): void {
  Deno.test({
    name: `run explains ${name}`,
    ignore: !hasVllm,
    fn: async () => {
      await using yard = new VllmYard();
      await fn(yard);
    },
  });
}

vllmTest("vLLM with dummy weights, eager, and a cold model inspection cache", async (yard) => {
  const flags = ["--load-format", "dummy", "--enforce-eager"];
  const { code, outside } = await yard.measure(modelOf("dummy"), flags);
  assertEquals(code, 0);
  const last = await lastOf(yard);
  assertExplained(last, outside);
  for (const process of ["APIServer", "EngineCore", "Worker"]) {
    assert(phasesOf(last.report, process).includes("import"), process);
  }
  const { attributes = {} } = last.start.root ?? {};
  assertEquals(attributes["coldtrace.engine.enforce_eager"], true);
  assertEquals(attributes["coldtrace.engine.load_format"], "dummy");
  assertMatch(String(attributes["coldtrace.engine.version"]), /^\d+\.\d+/);
});

vllmTest("vLLM with weights of safetensors, compiled, cold and warm", async (yard) => {
  const cold = await yard.measure(modelOf("tiny"), []);
  assertEquals(cold.code, 0);
  const first = await lastOf(yard);
  assertExplained(first, cold.outside);
  assert(phasesOf(first.report, "Worker").includes("compile"));
  const warm = await yard.measure(modelOf("tiny"), []);
  const second = await lastOf(yard);
  assertExplained(second, warm.outside);
  assert(second.report.total_ns < first.report.total_ns, "a warm cache is faster");
});

vllmTest("vLLM with tensor parallel 2", async (yard) => {
  const flags = ["--load-format", "dummy", "--enforce-eager", "--tensor-parallel-size", "2"];
  const { code, outside } = await yard.measure(modelOf("dummy"), flags);
  assertEquals(code, 0);
  const last = await lastOf(yard);
  assertExplained(last, outside);
  const workers = last.report.rows.map(({ process }) => process ?? "")
    .filter((process) => process.startsWith("Worker"));
  assertEquals(new Set(workers).size, 2);
});

vllmTest("vLLM that keeps running with imports alone, until SIGTERM", async (yard) => {
  const port = freePort();
  const command = yard.command(
    modelOf("dummy"),
    port,
    "--load-format",
    "dummy",
    "--enforce-eager",
  );
  const run = yard.spawn(command, { env: yard.env("warm") });
  await run.tells(/stored in .+\n/);
  const probed = `${yard.yard.dir}/probe`;
  const size = () => [...folderSizes(probed)].join();
  const before = size();
  for (let i = 0; i < 1000; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models`);
    await answer.body?.cancel();
  }
  assertEquals(size(), before, "requests write nothing");
  run.child.kill("SIGTERM");
  assertEquals((await run.ended()).code, 0);
  const { report } = await lastOf(yard);
  assert(report.leaf_share >= 0.97, `leaf_share is ${report.leaf_share}`);
});

vllmTest("vLLM that was told to end while it loads, which it does not hear", async (yard) => {
  const command = yard.command(modelOf("tiny"), freePort(), "--enforce-eager");
  const run = yard.spawn(command, { env: yard.env("warm"), options: ["--stop"] });
  await run.says(/Initializing a V1 LLM engine/);
  run.child.kill("SIGTERM");
  const { code } = await run.ended();
  assert(code === 137 || code === 0 || code === 143, `exit code ${code}`);
  const { report } = await lastOf(yard);
  if (!report.ready) assertEquals(report.ended?.reason, "stopped");
});

vllmTest("vLLM that was killed while it loads", async (yard) => {
  const command = yard.command(modelOf("tiny"), freePort(), "--enforce-eager");
  const run = yard.spawn(command, { env: yard.env("warm"), options: ["--stop"] });
  const [, pid] = await run.says(/\(EngineCore pid=(\d+)\).*Initializing a V1 LLM engine/);
  Deno.kill(Number(pid), "SIGKILL");
  await run.ended();
  const { report } = await lastOf(yard);
  assertEquals(report.ready, false);
  assert(
    (report.open?.length ?? 0) > 0,
    JSON.stringify([report.open, report.ended, report.rows.at(-1)]),
  );
});

vllmTest("vLLM whose weights are cut off", async (yard) => {
  const model = `${yard.folder}/broken`;
  await Deno.mkdir(model);
  for await (const { name } of Deno.readDir(modelOf("tiny"))) {
    await Deno.copyFile(`${modelOf("tiny")}/${name}`, `${model}/${name}`);
  }
  await Deno.truncate(`${model}/model.safetensors`, 100_000);
  const { code } = await yard.measure(model, ["--enforce-eager"]);
  assertEquals(code, 1);
  const { report } = await lastOf(yard);
  assertEquals([report.ready, report.ended?.exit_code], [false, 1]);
  assertMatch(report.ended?.message ?? "", /[Ss]afetensor/);
});

vllmTest("vLLM whose whole group was killed while it loads", async (yard) => {
  const command = yard.command(modelOf("tiny"), freePort(), "--enforce-eager");
  const run = yard.spawn(command, { env: yard.env("warm") });
  const [, pid] = await run.says(/\(APIServer pid=(\d+)\)[^]*Initializing a V1 LLM engine/);
  Deno.kill(-Number(pid), "SIGKILL");
  assertEquals((await run.ended()).code, 137);
  const { report } = await lastOf(yard);
  assertEquals([report.ready, report.ended?.signal], [false, "SIGKILL"]);
  assertMatch(report.ended?.message ?? "", /was ended by SIGKILL$/);
  assert((report.open?.length ?? 0) > 0, JSON.stringify(report.ended));
  assertEquals(report.rows.reduce((sum, { ns }) => sum + ns, 0), report.total_ns);
});

vllmTest("vLLM that traces requests, which do not join its start", async (yard) => {
  await using destination = new Destination();
  const { run, port } = startTraced(yard, destination);
  await run.tells(/stored in .+\n/);
  const { start } = await lastOf(yard);
  await askForTokens(port, modelOf("dummy"), 100);
  const requests = await destination.named("llm_request", 100);
  run.child.kill("SIGTERM");
  assertEquals((await run.ended()).code, 0);
  assertApart(requests, start);
  // What we know of the start has come to the same place.
  assert(destination.spans.some(({ spanId }) => spanId === start.root?.spanId));
});

vllmTest("vLLM that traces requests, with its spans taken in and sent on", async (yard) => {
  await using destination = new Destination();
  const { run, port } = startTraced(yard, destination, "--intercept");
  await run.tells(/stored in .+\n/);
  const { start } = await lastOf(yard);
  await askForTokens(port, modelOf("dummy"), 100);
  const requests = await destination.named("llm_request", 100);
  run.child.kill("SIGTERM");
  assertEquals((await run.ended()).code, 0);
  assertApart(requests, start);
  // Its own spans stand in the start, and point to where they were made.
  const linked = start.spans.filter(({ links = [] }) => links.length > 0);
  assert(linked.length > 0);
  for (const { spanId, links = [] } of linked) {
    const [link] = links;
    assert(link?.spanId === spanId && link.traceId !== start.traceId);
    assert(
      destination.spans.some((span) =>
        span.spanId === link.spanId && span.traceId === link.traceId
      ),
    );
  }
  const functions = linked.map(({ attributes }) => String(attributes["code.function.name"]));
  assert(functions.some((name) => name.includes("EngineCoreProc")), functions.join());
});

/** Starts a vLLM whose command names a place for its spans, those of requests too. */
function startTraced(
  yard: VllmYard,
  destination: Destination,
  ...options: string[]
): { run: RunChild; port: number } {
  const port = freePort();
  const flags = ["--load-format", "dummy", "--enforce-eager"];
  const named = ["--otlp-traces-endpoint", destination.endpoint];
  const command = yard.command(modelOf("dummy"), port, ...flags, ...named);
  const env = { ...yard.env("warm"), OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf" };
  return { run: yard.spawn(command, { options, env }), port };
}

/** Requests have traces of their own, none that of a start. */
function assertApart(requests: readonly SpanRecord[], start: Start): void {
  assertEquals(requests.length, 100);
  const traces = new Set(requests.map(({ traceId }) => traceId));
  assertEquals([traces.size, traces.has(start.traceId)], [100, false]);
  assertEquals(requests.filter(({ parentSpanId }) => parentSpanId !== undefined), []);
}

vllmTest("vLLM in bfloat16, whose first token some processors fail at", async (yard) => {
  const flags = ["--enforce-eager", "--dtype", "bfloat16"];
  const { code } = await yard.measure(modelOf("tiny"), flags);
  const { start, report } = await lastOf(yard);
  assertEquals(report.ready, true);
  // Ready all the same, but no good.
  const hasToken = report.first_token_ns !== null;
  assertEquals([code, report.failure === undefined], hasToken ? [0, true] : [1, false]);
  assertEquals(start.root?.attributes["error.type"], hasToken ? undefined : "first-token");
  if (!hasToken) assertMatch(report.failure ?? "", /^POST \/v1\/completions: 5\d\d /);
});

vllmTest("vLLM that gives us no first token, and goes on", async (yard) => {
  const port = freePort();
  const flags = ["--load-format", "dummy", "--enforce-eager"];
  const command = yard.command(modelOf("dummy"), port, ...flags);
  // It wants a key that nobody has told us.
  const script = 'VLLM_API_KEY=$KEY exec "$@"';
  const url = `http://127.0.0.1:${port}/health`;
  const run = yard.spawn(["sh", "-c", script, "sh", ...command], {
    options: ["--engine", "vllm", "--ready-url", url, "--until", "first-token"],
    env: { ...yard.env("warm"), KEY: "not-to-be-told" },
  });
  await run.tells(/stored in .+\n/);
  const { start, report } = await lastOf(yard);
  assertEquals([report.ready, report.first_token_ns], [true, null]);
  assertMatch(report.failure ?? "", /^POST \/v1\/completions: 401 /);
  assertEquals(start.root?.attributes["error.type"], "first-token");
  assert(!JSON.stringify(report).includes("not-to-be-told"));
  const health = await fetch(url);
  await health.body?.cancel();
  assertEquals(health.status, 200);
  run.child.kill("SIGTERM");
  assertEquals((await run.ended()).code, 0);
});

vllmTest("transformers serve", async (yard) => {
  const port = freePort();
  const command = [programOf("transformers"), "serve", modelOf("tiny"), "--port", String(port)];
  const run = yard.spawn(command, { env: yard.env("warm"), options: ["--stop"] });
  const outside = readyAt(`http://localhost:${port}/health`);
  const { code, stderr } = await run.ended();
  assertEquals(code, 0, stderr);
  const { start, report } = await lastOf(yard);
  assertEquals([report.engine, report.ready], ["transformers", true]);
  assert(report.leaf_share >= 0.95, `leaf_share is ${report.leaf_share}`);
  assertEquals(report.rows.reduce((sum, { ns }) => sum + ns, 0), report.total_ns);
  assert(report.first_token_ns !== null);
  assert(distance(start.end, await outside) <= TOLERANCE, "ready agrees with an outside clock");
});

vllmTest("vLLM that recorded its own start, with nothing put in front of it", async (yard) => {
  const folder = `${yard.folder}/recorded`;
  const { stdout: variables } = await coldtrace(["env", "--dir", folder]);
  const port = freePort();
  const flags = ["--load-format", "dummy", "--enforce-eager"];
  const command = yard.command(modelOf("dummy"), port, ...flags);
  const launched = now();
  const engine = new Deno.Command("sh", {
    args: ["-c", `${variables}\nexec "$@"`, "sh", ...command],
    env: yard.env("warm"),
    stdout: "null",
    stderr: "null",
  }).spawn();
  const ready = await readyAt(`http://127.0.0.1:${port}/health`);
  engine.kill("SIGTERM");
  assertEquals((await engine.status).code, 0);
  const { code, stdout } = await coldtrace(["import", "--dir", yard.yard.dir, folder]);
  assertEquals(code, 0);
  assertMatch(stdout, /^vLLM ready in /);
  const { report } = await lastOf(yard);
  assertEquals([report.engine, report.ready], ["vLLM", true]);
  assert(report.leaf_share >= 0.85, `leaf_share is ${report.leaf_share}`);
  const outside = Number(ready - launched) / 1e6;
  assert(Math.abs(report.total_ns / 1e6 - outside) <= 1000, `${report.total_ns} of ${outside} ms`);
  // It is imported once.
  const again = await coldtrace(["import", "--dir", yard.yard.dir, folder]);
  assertEquals(again.stderr, `No start is recorded in '${folder}'\n`);
});

function* folderSizes(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* folderSizes(path);
    else yield `${path} ${Deno.statSync(path).size}`;
  }
}

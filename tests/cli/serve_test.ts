import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import OpenAI from "openai";
import type { SpanRecord } from "../../src/trace/record.ts";
import { coldtrace, Yard } from "../_serve.ts";

/** What has to be seen of a start: process, phase. */
const PHASES = [
  ["API server", "process_start"],
  ["API server", "boot"],
  ["API server", "connect"],
  ["API server", "import"],
  ["API server", "config"],
  ["API server", "http"],
  ["API server", "ready"],
  ["API server", "first_token"],
  ["engine core", "process_start"],
  ["engine core", "boot"],
  ["engine core", "connect"],
  ["engine core", "import"],
  ["engine core", "library"],
  ["engine core", "backend"],
  ["engine core", "tokenizer"],
  ["engine core", "weights"],
  ["engine core", "kv_cache"],
  ["engine core", "graph_reserve"],
  ["engine core", "warmup"],
];

function processOf({ resource }: SpanRecord): unknown {
  return resource.attributes["coldtrace.process"];
}

/** The one span of that name. */
function spanOf(records: readonly SpanRecord[], name: string): SpanRecord {
  const [span, ...others] = records.filter((record) => record.name === name);
  assert(span && others.length === 0, `Expected one '${name}'`);
  return span;
}

Deno.test("serve starts an engine whose start is one trace that adds up", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve();
  const url = await serve.url();
  assertEquals((await (await fetch(`${url}/health`)).json()).status, "ok");
  await serve.started();
  const { code, stdout, stderr } = await serve.stop();
  assertEquals([code, stderr], [0, ""]);
  await serve.gone();
  const [path = ""] = serve.runs();
  assertStringIncludes(stdout, `\nstored in ${path}\n`);

  const records = await serve.records();
  assertEquals(new Set(records.map(({ traceId }) => traceId)).size, 1);
  assertEquals(new Set(records.map(({ spanId }) => spanId)).size, records.length);
  const ids = new Set(records.map(({ spanId }) => spanId));
  const orphans = records.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId));
  assertEquals(orphans.map(({ name }) => name), []);
  const roots = records.filter(({ parentSpanId }) => parentSpanId === undefined);
  assertEquals(roots.map((root) => [root.name, root.status.code]), [["start", 0]]);
  assertEquals(
    new Set(records.map(processOf)),
    new Set(["launcher", "API server", "engine core"]),
  );
  const pids = new Set(records.map(({ resource }) => resource.attributes["process.pid"]));
  assertEquals(pids.size, 3);
  for (const [process, phase] of PHASES) {
    const found = records.some((record) =>
      processOf(record) === process && record.attributes["coldtrace.phase"] === phase
    );
    assert(found, `Expected ${phase} of ${process}`);
  }
  const weights = spanOf(records, "load weights").attributes;
  assert(Number(weights["llama.weights.bytes"]) > 1e6);
  assert(Number(weights["llama.weights.bytes_per_second"]) > 0);
  // Time zero is the spawn of the engine, and what was done before is before it.
  const start = spanOf(records, "start");
  const api = spanOf(records, "process API server");
  assertEquals(start.startTimeUnixNano, api.startTimeUnixNano);
  assertEquals(start.events?.map(({ name }) => name), ["ready", "first_token"]);
  assertEquals(start.events?.[0]?.timeUnixNano, api.endTimeUnixNano);
  const prepared = spanOf(records, "prepare").endTimeUnixNano ?? 0n;
  assert(prepared <= start.startTimeUnixNano);

  // What was printed at ready is what `time` says later.
  const time = await coldtrace(["time", "--dir", serve.dir]);
  const said = stdout.split("\n").slice(2).join("\n");
  assertEquals(said, `${time.stdout}stored in ${path}\n`);
});

Deno.test("serve --json prints what time --json does, and nothing else", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve({ args: ["--json"] });
  await serve.stderr.match(/^Serving coldtrace-bigram on http:\/\/127\.0\.0\.1:\d+\n$/);
  await serve.stdout.match(/\n}\n$/);
  const { code, stdout } = await serve.stop();
  assertEquals(code, 0);
  const report = JSON.parse(stdout);
  const time = await coldtrace(["time", "--json", "--dir", serve.dir]);
  assertEquals(report, JSON.parse(time.stdout));
  const total = report.rows.reduce((sum: number, row: { ns: number }) => sum + row.ns, 0);
  assertEquals([report.ready, total], [true, report.total_ns]);
  assert(report.first_token_ns >= report.total_ns);
});

Deno.test("serve answers the official OpenAI client", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve();
  const client = new OpenAI({ baseURL: `${await serve.url()}/v1`, apiKey: "none", maxRetries: 0 });
  const [model] = (await client.models.list()).data;
  assertEquals(model?.id, "coldtrace-bigram");
  const request = { model: model?.id ?? "", max_tokens: 8, seed: 1 };
  const messages = [{ role: "user" as const, content: "What is a cold start?" }];
  const whole = await client.chat.completions.create({ ...request, messages });
  assert(whole.choices[0]?.message.content);
  assertEquals(whole.usage?.completion_tokens, 8);
  const stream = client.chat.completions.stream({
    ...request,
    messages,
    stream_options: { include_usage: true },
  });
  assertEquals(await stream.finalContent(), whole.choices[0]?.message.content);
  const text = await client.completions.create({ ...request, prompt: "The engine" });
  assertEquals(text.choices[0]?.finish_reason, "length");
  assertEquals((await serve.stop()).code, 0);
});

Deno.test("serve is part of the trace that it was started in", async () => {
  await using yard = await Yard.open();
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  await using serve = await yard.serve({
    env: {
      TRACEPARENT: `00-${traceId}-b7ad6b7169203331-00`,
      TRACESTATE: "vendor=1",
      BAGGAGE: "key=value",
    },
  });
  await serve.started();
  await serve.stop();
  const records = await serve.records();
  assertEquals(new Set(records.map((record) => record.traceId)), new Set([traceId]));
  assertEquals(new Set(records.map(({ traceState }) => traceState)), new Set(["vendor=1"]));
  assertEquals(spanOf(records, "start").parentSpanId, "b7ad6b7169203331");
});

Deno.test("serve begins a trace of its own when it was started in none that makes sense", async () => {
  await using yard = await Yard.open();
  const long = "x".repeat(100_000);
  const contexts: Record<string, string>[] = [
    { TRACEPARENT: "garbage", TRACESTATE: long, BAGGAGE: long },
    {
      TRACEPARENT: `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
      traceparent: long,
      TRACESTATE: "=,;",
      BAGGAGE: `a=${long}`,
    },
  ];
  await Promise.all(contexts.map(async (env) => {
    await using serve = await yard.serve({ env });
    await serve.started();
    assertEquals((await serve.stop()).code, 0);
    const records = await serve.records();
    assertEquals(new Set(records.map(({ traceId }) => traceId)).size, 1);
    assertEquals(spanOf(records, "start").parentSpanId, undefined);
    for (const { traceState } of records) assertEquals(traceState, undefined);
  }));
});

Deno.test("serve starts twice at once in one data directory", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  // The first use is the one with something to fight for.
  await Deno.remove(`${dir}/models`, { recursive: true });
  await using one = await yard.serve({ dir });
  await using other = await yard.serve({ dir });
  await Promise.all([one.started(), other.started()]);
  assertEquals((await one.stop()).code, 0);
  assertEquals((await other.stop()).code, 0);
  assertEquals(one.runs().length, 2);
  const models = [...Deno.readDirSync(`${dir}/models`)].map(({ name }) => name);
  assertEquals(models, ["coldtrace-bigram.gguf"]);
});

Deno.test("serve warns when other machines can reach it", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve({ args: ["--host", "0.0.0.0"] });
  await serve.url();
  const { stderr } = await serve.stop();
  assertMatch(stderr, /^Other machines can use the engine, as 'host' is 0\.0\.0\.0\n$/);
});

Deno.test("serve downloads a model in a phase of its own, and keeps its secrets", async () => {
  await using yard = await Yard.open();
  const model = await Deno.readFile(yard.model);
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const isKnown = pathname === "/model.gguf" && searchParams.get("sig") === "s3cret";
    return isKnown ? new Response(model) : new Response("no", { status: 403 });
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  {
    await using serve = await yard.serve({ args: ["--model", `${base}/model.gguf?sig=s3cret`] });
    await serve.started();
    const { code, stdout, stderr } = await serve.stop();
    assertEquals([code, stderr], [0, ""]);
    const { attributes } = spanOf(await serve.records(), "download model");
    assertEquals(attributes["coldtrace.phase"], "download");
    assertEquals(attributes["llama.download.bytes"], model.length);
    const [path = ""] = serve.runs();
    assert(!(await Deno.readTextFile(path) + stdout).includes("s3cret"));
  }
  {
    await using serve = await yard.serve({ args: ["--model", `${base}/other.gguf?sig=s3cret`] });
    const { code, stdout, stderr } = await serve.ended();
    assertEquals(code, 1);
    assertMatch(stderr, /^Cannot download .+\n$/);
    assertMatch(stdout, /^llama\.cpp died after .+ in download model: exit code 1\n/);
    const [path = ""] = serve.runs();
    assert(!(await Deno.readTextFile(path) + stdout + stderr).includes("s3cret"));
  }
});

Deno.test("serve refuses what makes no sense with one line and 2", async () => {
  const wrong: [string[], RegExp][] = [
    [["--model", "/no/such/model.gguf"], /'model' must be .+: there is no file/],
    [["--model", "https://me:s3cret@example.com/x.gguf"], /must not hold a name or a password/],
    [["--model", "ftp://example.com/x.gguf?sig=s3cret"], /current value is 'ftp:\/\/example/],
    [["--host", "http://[::1]"], /'host' must be a host's name or an IP address: current value/],
    [["--host="], /'host' must be/],
    [["--port", "70000"], /'port' must be 0-65535: current value is 70000/],
    [["--threads", "none"], /'threads' must be 1-512: current value is none/],
    [["--hots", "x"], /did you mean '--host'\?/],
  ];
  await Promise.all(wrong.map(async ([args, expected]) => {
    const { code, stdout, stderr } = await coldtrace(["serve", "--dir", "/no/such", ...args]);
    assertEquals([code, stdout, stderr.split("\n").length], [2, "", 2]);
    assertMatch(stderr, expected);
    assert(!stderr.includes("s3cret"));
  }));
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type WrapOptions, WrappedProgram } from "../../src/launch/wrapped_program.ts";
import { baseUrlOf, findEngine } from "../../src/sources/profiles/profiles.ts";
import { VLLM } from "../../src/sources/profiles/vllm.ts";
import { Witnesses, type WitnessesOptions } from "../../src/start/witnesses.ts";
import { rootContext, withSpanContext } from "../../src/trace/context.ts";
import type { Context } from "../../src/trace/types.ts";
import { encodeTraces } from "../otlp/_protobuf.ts";
import { PrivateFolder } from "../_private_folder.ts";
import { post, spanRecord } from "../sources/_receiver.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const READY = { isReady: true, died: undefined };
const STALE = "00-99999999999999999999999999999999-9999999999999999-01";

async function open(more: Partial<WitnessesOptions> = {}): Promise<Witnesses> {
  return await Witnesses.open({
    receive: false,
    forward: false,
    isBrief: false,
    unseen: [],
    warn(line) {
      throw new Error(line);
    },
    ...more,
  });
}

/** A context with a span that is sampled, or not. */
function context(traceFlags: number): Context {
  return withSpanContext(rootContext, { traceId: TRACE, spanId: "b7ad6b7169203331", traceFlags });
}

/** What a command says of vLLM. */
function vllm(...flags: string[]): Partial<WitnessesOptions> {
  const { recognised } = findEngine(["vllm", "serve", "M", ...flags]) ?? {};
  return { profile: VLLM, recognised };
}

/** Runs a program that says nothing, to its end. */
async function launch(
  witnesses: Witnesses,
  reads: WrapOptions["reads"],
  command = ["true"],
): Promise<WrappedProgram> {
  const program = new WrappedProgram(command, { env: Deno.env.toObject(), reads });
  witnesses.launched(program, command);
  await program.status;
  return program;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("Witnesses.env() gives an engine that traces its start our context, in both spellings", async () => {
  await using witnesses = await open(vllm());
  const inherited = { TRACEPARENT: STALE, traceparent: STALE, A: "1" };
  // What is sampled is decided when it has ended.
  for (const flags of [0, 1]) {
    assertEquals(witnesses.env(inherited, context(flags)), {
      A: "1",
      TRACEPARENT: `00-${TRACE}-b7ad6b7169203331-01`,
      traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
    });
  }
});

Deno.test("Witnesses.env() gives an engine that traces its requests no context, nor a stale one", async () => {
  await using witnesses = await open(
    vllm("--otlp-traces-endpoint", "http://127.0.0.1:9/v1/traces"),
  );
  const inherited = { TRACEPARENT: STALE, traceparent: STALE, tracestate: "a=1", A: "1" };
  assertEquals(witnesses.env(inherited, context(1)), { A: "1" });
});

Deno.test("Witnesses.env() says where to send spans where they are received, else nothing of it", async () => {
  await using receiving = await open({ ...vllm(), receive: true });
  const env = receiving.env({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc" }, rootContext);
  assertMatch(
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? "",
    /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/v1\/traces$/,
  );
  assertEquals(env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, "http/protobuf");
  assertEquals(env.OTEL_BSP_SCHEDULE_DELAY, "200");
  await using other = await open(vllm());
  assertEquals(other.env({ OTEL_SERVICE_NAME: "mine" }, rootContext), {
    OTEL_SERVICE_NAME: "mine",
  });
});

Deno.test("Witnesses.command() has an engine send to us what its command sends elsewhere, if we receive", async () => {
  const endpoint = "http://127.0.0.1:9/v1/traces";
  for (
    const flags of [["--otlp-traces-endpoint", endpoint], [`--otlp-traces-endpoint=${endpoint}`]]
  ) {
    const command = ["vllm", "serve", "M", ...flags, "--port", "1"];
    await using direct = await open(vllm(...flags));
    assertEquals(direct.command(command), command);
    await using receiving = await open({ ...vllm(...flags), receive: true, forward: true });
    const ours = receiving.env({}, rootContext).OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? "";
    const expected = command.map((arg) => arg.replace(endpoint, ours));
    assertEquals(receiving.command(command), expected);
  }
});

Deno.test("Witnesses are without a probe where there is no place for it, and say so in one line", async () => {
  const shared = await Deno.makeTempDir({ prefix: "coldtrace-witnesses-" });
  await Deno.chmod(shared, 0o777);
  const told: string[] = [];
  await using witnesses = await open({
    ...vllm(),
    probe: { mode: "imports", dir: shared },
    warn: (line) => told.push(line),
  });
  await Deno.remove(shared);
  assertEquals(told.length, 1);
  assertMatch(told[0] ?? "", /^[^\n]+ as other users can write to '[^\n]+'$/);
  assertEquals(witnesses.env({ A: "1" }, rootContext), { A: "1" });
});

Deno.test("Witnesses bring the probe in, and leave nothing but its code when they are done", async () => {
  using folder = new PrivateFolder();
  const dir = `${folder.path}/probe`;
  {
    await using witnesses = await open({ ...vllm(), probe: { mode: "functions", dir } });
    const env = witnesses.env({ PYTHONPATH: "/mine" }, rootContext);
    assertMatch(env.PYTHONPATH ?? "", /\/coldtrace-probe-[0-9a-f]{16}:\/mine$/);
    const missing = witnesses.summary(READY).facts["coldtrace.missing"] as string[];
    assertEquals(missing.at(-1), "The probe was in no Python process");
    assertEquals([...Deno.readDirSync(dir)].length, 2);
  }
  const left = [...Deno.readDirSync(dir)].map(({ name }) => name.replace(/-[^-]+$/, ""));
  assertEquals(left, ["coldtrace-probe"]);
});

Deno.test("Witnesses.ready resolves at the line that is awaited", async () => {
  await using witnesses = await open({ readyLine: /is ready$/ });
  witnesses.take("stdout", bytesOf("it is re"));
  witnesses.take("stderr", bytesOf("loading\n"));
  witnesses.take("stdout", bytesOf("ady\n"));
  assert(await witnesses.ready > 0n);
});

Deno.test("Witnesses.summary() has the facts of all, what nobody saw, and lines of the log", async () => {
  await using witnesses = await open({
    profile: VLLM,
    unseen: ["Nothing tells when it is ready"],
  });
  const program = await launch(witnesses, "all");
  const line = "(EngineCore pid=7) Initializing a V1 LLM engine (v0.32.0) with config: model='M',";
  witnesses.take("stdout", bytesOf(`${line}\n`));
  const { facts, events, log } = witnesses.summary(READY);
  assertEquals(facts["coldtrace.engine.version"], "0.32.0");
  const missing = facts["coldtrace.missing"] as string[];
  assertEquals(missing[0], "Nothing tells when it is ready");
  assertMatch(missing[1] ?? "", /^phase '\w+' was not seen; its pattern was last seen in vLLM/);
  assertEquals(events.map(({ name }) => name), ["Engine init begins"]);
  assertEquals(facts["coldtrace.log.dropped"], undefined);
  assertEquals(log.map(({ name, attributes }) => [name, attributes]), [
    ["log", { "log.iostream": "stdout", "log.body": line, "process.pid": 7 }],
  ]);
  const died = { isReady: false, died: await program.status };
  const { facts: told, log: words } = witnesses.summary(died);
  // It did not get so far.
  assertEquals(
    (told["coldtrace.missing"] as string[]).some((line) => line.includes("0.32")),
    false,
  );
  assertEquals(words, log);
  witnesses.release();
  assertEquals(witnesses.summary(died).log, []);
});

Deno.test("Witnesses.summary() says that a log was not read, where it could tell something", async () => {
  const missing = async (more: Partial<WitnessesOptions>) => {
    await using witnesses = await open(more);
    await launch(witnesses, "none");
    const missing = witnesses.summary(READY).facts["coldtrace.missing"] as string[];
    return missing.filter((line) => line.includes("log"));
  };
  assertEquals(await missing({ profile: VLLM }), [
    "The log was not read, as stdout and stderr go to a terminal: see --logs",
  ]);
  assertEquals(await missing({}), []);
});

Deno.test("Witnesses.testimonies() know of the program what we saw of it ourselves", async () => {
  await using witnesses = await open();
  const command = ["sh", "-c", "exit 3", "--api-key", "secret"];
  const program = await launch(witnesses, "all", command);
  const { pid, executed, ended } = program;
  const told = witnesses.testimonies({ isReady: false, died: await program.status });
  const [end, ...others] = told.flatMap(({ processes }) => processes.filter((p) => p.pid === pid));
  assertEquals(end, { pid, died: ended, attributes: { "process.exit.code": 3 } });
  assertEquals(others.at(-1), {
    pid,
    arrived: executed,
    attributes: { "process.command_args": ["sh", "-c", "exit 3", "--api-key", "[redacted]"] },
  });
});

Deno.test("Witnesses.hasForwarded() knows the engine's own spans that went on, if they did", async () => {
  const sent = spanRecord(1);
  for (const forward of [true, false]) {
    await using witnesses = await open({ ...vllm(), receive: true, forward });
    const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint = "" } = witnesses.env({}, rootContext);
    assertEquals((await post(endpoint, encodeTraces([sent]))).status, 200);
    assertEquals(witnesses.testimonies(READY).flatMap(({ spans }) => spans).length, 1);
    assertEquals(witnesses.hasForwarded(sent), forward);
    assertEquals(witnesses.hasForwarded(spanRecord(2)), false);
    // It went on under the trace that it was made in.
    assertEquals(witnesses.hasForwarded({ ...sent, traceId: "a".repeat(32) }), false);
    witnesses.release();
    assertEquals((await post(endpoint, encodeTraces([spanRecord(2)]))).status, 200);
    assertEquals(witnesses.testimonies(READY).flatMap(({ spans }) => spans).length, 1);
  }
});

Deno.test("Witnesses.firstToken() asks as the command says, and says so where nobody knows how", async () => {
  const nobody = { error: "nobody knows how to ask this engine for a token" };
  await using unknown = await open({ readyUrl: "http://127.0.0.1:9/" });
  assertEquals(await unknown.firstToken(), nobody);
  await using nowhere = await open(vllm("--headless"));
  assertEquals(await nowhere.firstToken(), nobody);
  const asked: unknown[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (r) => {
    const { model } = await r.json();
    asked.push([new URL(r.url).pathname, model, r.headers.get("authorization")]);
    return Response.json({ choices: [{}] });
  });
  const command = ["vllm", "serve", "M", "--served-model-name", "name", "--api-key", "secret"];
  const found = findEngine([...command, "--host", "127.0.0.1", "--port", `${server.addr.port}`]);
  assert(found);
  await using witnesses = await open({ ...found, readyUrl: `${baseUrlOf(found)}/health` });
  assert("at" in await witnesses.firstToken());
  assertEquals(asked, [["/v1/completions", "name", "Bearer secret"]]);
});

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeTraces } from "../../src/otlp/json.ts";
import { rows } from "../../src/read/rows.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { observeStart } from "../../src/start/observed_start.ts";
import { Witnesses } from "../../src/start/witnesses.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { freePort } from "../_replay_process.ts";
import type { ObserveOptions } from "../testdata/start/observe_main.ts";

const MAIN = new URL("../testdata/start/observe_main.ts", import.meta.url).href;

/** What came of a start, and of its program. */
interface Observed {
  code: number;
  stdout: string;
  /** Whether it became ready, and did all that was asked. */
  result: string;
  start: Start;
  root: SpanRecord;
  last: SpanRecord | undefined;
}

/**
 * Has a shell run something, and its start observed, by a process that may read `/proc`. When the
 * start is over, the stdin of both ends.
 */
async function observe(options: ObserveOptions, script: string): Promise<Observed> {
  const folder = await Deno.makeTempDir({ prefix: "coldtrace-observe-" });
  try {
    const file = `${folder}/spans.jsonl`;
    const json = JSON.stringify(options);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", "-A", MAIN, json, file, "sh", "-c", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let text = "";
    let result: string | undefined;
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (result !== undefined) continue;
      result = /^over (.+)$/m.exec(text)?.[1];
      if (result !== undefined) await child.stdin.close();
    }
    assert(result !== undefined, text);
    const [{ code }, stdout] = await Promise.all([child.status, new Response(child.stdout).text()]);
    const records = decodeTraces(await Deno.readTextFile(file));
    const start = readStart(records);
    assert(start.root);
    return { code, stdout, result, start, root: start.root, last: records.at(-1) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A server of an engine that is ready, whose first token has some status. */
function engine(status: number): { url: string } & AsyncDisposable {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models") return Response.json({ data: [{ id: "M" }] });
    if (pathname === "/health") return new Response();
    return Response.json({ choices: [{}] }, { status });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/health`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("observeStart() knows of any program when it was executed", async () => {
  const { code, result, start, root } = await observe({ until: "exec" }, "exit 3");
  assertEquals([code, result], [3, "true true"]);
  assertEquals([start.engine, start.ready, start.end], ["an engine", true, root.endTimeUnixNano]);
  assertEquals(root.attributes["coldtrace.label"], "test");
  const [process, boot, ...others] = start.spans;
  assertEquals([process?.name, process?.startTimeUnixNano], ["process sh", start.launch]);
  assertEquals([boot?.name, boot?.endTimeUnixNano], ["process start", start.end]);
  assertEquals(others, []);
  assertEquals(process?.resource.attributes["service.name"], "engine");
});

Deno.test("observeStart() ends at the line that says ready, and leaves the program alone", async () => {
  const script = "echo loading; echo ready; read line; exit 5";
  const options: ObserveOptions = { until: "ready", readyLine: "^ready$" };
  const { code, stdout, result, start, root, last } = await observe(options, script);
  assertEquals([code, stdout, result], [5, "loading\nready\n", "true true"]);
  assertEquals(root.status.code, 0);
  const of = (wanted: string) => root.events?.filter(({ name }) => name === wanted) ?? [];
  assertEquals(of("ready").map(({ timeUnixNano }) => timeUnixNano), [start.end]);
  const lines = of("log").map(({ attributes }) => attributes?.["log.body"]);
  assertEquals(lines, ["loading", "ready"]);
  // Nothing comes after the root.
  assertEquals(last, root);
  assertEquals(rows(start).reduce((sum, { ns }) => sum + ns, 0n), start.end - start.launch);
  assert(start.spans.every(({ endTimeUnixNano = 0n }) => endTimeUnixNano <= start.end));
});

Deno.test("observeStart() asks for the first token, which comes after ready", async () => {
  await using server = engine(200);
  const options: ObserveOptions = { until: "first-token", engine: "vllm", readyUrl: server.url };
  const { result, start, root } = await observe(options, "read line");
  assertEquals(result, "true true");
  assert(start.firstToken !== undefined && start.end <= start.firstToken);
  assertEquals(root.endTimeUnixNano, start.firstToken);
});

Deno.test("observeStart() marks an engine as failed that is ready and gives no token, and does not end it", async () => {
  await using server = engine(500);
  const options: ObserveOptions = { until: "first-token", engine: "vllm", readyUrl: server.url };
  const { code, result, start, root } = await observe(options, "read line; exit 4");
  assertEquals([code, result], [4, "true false"]);
  assertEquals([start.ready, start.firstToken], [true, undefined]);
  assertEquals(root.attributes["error.type"], "first-token");
  assertStringIncludes(start.failure ?? "", "POST /v1/completions: 500");
});

Deno.test("observeStart() tells how a program ended that did not become ready, and its last words", async () => {
  const options: ObserveOptions = { until: "ready", readyLine: "never" };
  const { code, result, start, root } = await observe(options, "echo loading; echo no >&2; exit 3");
  assertEquals([code, result], [3, "false false"]);
  assertEquals(start.ended, {
    reason: "exit",
    exitCode: 3,
    message: "process sh exited with code 3",
  });
  const log = root.events?.filter(({ name }) => name === "log") ?? [];
  assertEquals(log.map(({ attributes }) => attributes?.["log.body"]).sort(), ["loading", "no"]);
  // They are read when they come, which is no time after the end.
  for (const { timeUnixNano } of log) assert(timeUnixNano <= start.end);
  const [process] = start.spans;
  assertEquals([process?.attributes["process.exit.code"], process?.status.code], [3, 2]);
});

Deno.test("observeStart() tells the lines of a start until its end, bounded, and no later one", async () => {
  const script = `i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo $i; done
    printf 'progress 1\\rprogress 2\\rready\\n'; read line; echo later`;
  const options: ObserveOptions = { until: "ready", readyLine: "^ready$" };
  const { stdout, root } = await observe(options, script);
  assert(stdout.endsWith("later\n"));
  const log = root.events?.filter(({ name }) => name === "log") ?? [];
  const bodies = log.map(({ attributes }) => attributes?.["log.body"]);
  const numbers = Array.from({ length: 600 }, (_, i) => `${i + 1}`);
  assertEquals(bodies, [...numbers.slice(0, 250), ...numbers.slice(351), "ready"]);
  assertEquals(root.attributes["coldtrace.log.dropped"], 101);
  assertEquals(log[0]?.attributes, { "log.iostream": "stdout", "log.body": "1" });
});

Deno.test("observeStart() calls a start stopped whose program was told to end", async () => {
  const port = freePort();
  const options: ObserveOptions = {
    until: "ready",
    readyUrl: `http://127.0.0.1:${port}/`,
    wasToldToEnd: true,
  };
  const { start } = await observe(options, "kill -TERM $$");
  assertEquals(start.ended, {
    reason: "stopped",
    signal: "SIGTERM",
    message: "The engine was ended by SIGTERM before it was ready",
  });
});

Deno.test("observeStart() throws where there is no program, and opens no run", async () => {
  await using witnesses = await Witnesses.open({
    receive: false,
    forward: false,
    isBrief: true,
    unseen: [],
    warn() {},
  });
  const observed = (program: string) => () =>
    observeStart({
      engine: "none",
      command: [program],
      witnesses,
      until: "exec",
      reads: "none",
      ignored: [],
      service: "none",
      openRuns: () => {
        throw new Error("Unexpected");
      },
    });
  assertThrows(observed("/no/such/program"), Deno.errors.NotFound);
  assertThrows(observed("/etc/passwd"), Deno.errors.PermissionDenied);
});

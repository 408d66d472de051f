import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { channelOf } from "../../src/launch/channel.ts";
import { EngineStartError } from "../../src/launch/errors.ts";
import { unixNano } from "../../src/trace/process.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import {
  becomes,
  engineArgs,
  firstMatch,
  isAlive,
  isGone,
  launchShell,
  launchTestEngine,
  spanOf,
  textOf,
} from "./_helpers.ts";

const encoder = new TextEncoder();

/** Starts the test engine as a launcher would, to say to it whatever one likes. */
function spawnRaw(scenario: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: engineArgs(...scenario),
    env: { COLDTRACE_CHANNEL: `stdio:${Deno.pid}`, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** What a raw engine writes after these bytes, stdin being closed then. */
async function answerTo(child: Deno.ChildProcess, text: string): Promise<string> {
  const writer = child.stdin.getWriter();
  await writer.write(encoder.encode(text));
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
}

/** The messages among lines. */
function messagesIn(text: string) {
  return text.split("\n").filter((line) => line.startsWith('{"coldtrace":"'))
    .map((line) => JSON.parse(line));
}

Deno.test("connectLauncher() makes one trace of launcher and engine", async () => {
  const told: SpanRecord[] = [];
  await using engine = await launchTestEngine("ready", { onSpan: (span) => told.push(span) });
  await engine.ready;
  const process = spanOf(told, "process engine");
  const start = spanOf(told, "process start");
  const boot = spanOf(told, "boot");
  const weights = spanOf(told, "load weights");
  assertEquals(told.length, 4);
  assertEquals(engine.spans().length, 4);
  for (const span of [start, boot, weights]) {
    assertEquals(span.traceId, process.traceId);
    assertEquals(span.parentSpanId, process.spanId);
    assertEquals(span.resource.attributes["process.pid"], engine.pid);
    assertEquals(span.resource.attributes["coldtrace.process"], "engine");
    assert(span.startTimeUnixNano >= process.startTimeUnixNano);
  }
  // One process, one resource.
  assert(boot.resource === weights.resource && boot.resource === start.resource);
  assertEquals(start.startTimeUnixNano, process.startTimeUnixNano);
  assertEquals(start.attributes["coldtrace.phase"], "process_start");
  assert((start.endTimeUnixNano ?? 0n) <= boot.startTimeUnixNano);
  assertEquals(weights.attributes, { "n.double": 0.5, "n.int": 3 });
  assertEquals(weights.scope, { name: "test.engine", version: "1.2.3" });
  assertEquals(boot.attributes["coldtrace.phase"], "boot");
  // What `ready()` was told, the first time.
  assertEquals(process.attributes["engine.port"], 8000);
  assertFalse("engine.name" in process.attributes);
  assert((process.endTimeUnixNano ?? 0n) >= (weights.endTimeUnixNano ?? 0n));
  assertEquals(process.status, { code: 0 });
});

Deno.test("connectLauncher() hands the console to stderr and passes other output on", async () => {
  const engine = await launchTestEngine(["output", "exit"], { stdout: "piped", stderr: "piped" });
  assertEquals(
    await textOf(engine.stdout),
    'plain\n{"coldtrace": "not ours"}\nno newline',
  );
  const stderr = await textOf(engine.stderr);
  for (const method of ["log", "info", "debug", "dir", "table", "count", "time", "group"]) {
    assertStringIncludes(stderr, `console.${method}`);
  }
  await engine.status;
});

Deno.test("connectLauncher() is heard after output that did not end its line", async () => {
  const engine = await launchTestEngine("partial", { stdout: "piped" });
  await engine.ready;
  spanOf(engine.spans(), "load");
  await engine.stop();
  assertEquals(await textOf(engine.stdout), 'Loading... 100 % {"a":1} {"coldtrace":"x"}');
});

Deno.test("connectLauncher() goes on telling spans when its launcher stops it", async () => {
  const told: SpanRecord[] = [];
  const engine = await launchTestEngine("graceful", { onSpan: (span) => told.push(span) });
  await engine.ready;
  assertEquals((await engine.stop()).code, 0);
  const span = spanOf(told, "serve");
  assertEquals(span.status, { code: 1 });
  assertFalse("coldtrace.open" in span.attributes);
});

Deno.test("launchEngine() passes other output of an engine with a channel on to our stdout", async () => {
  for (
    const [stdout, expected] of [
      ["inherit", 'plain\n{"coldtrace": "not ours"}\nno newline'],
      ["null", ""],
    ]
  ) {
    const options = { args: engineArgs("output", "exit"), channel: "stdio", stdout };
    const code = `
      import { launchEngine } from "${new URL("../../src/launch/launch.ts", import.meta.url)}";
      const engine = await launchEngine(Deno.execPath(), ${JSON.stringify(options)});
      await engine.status;
    `;
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", code],
      stderr: "null",
    }).output();
    assertEquals(new TextDecoder().decode(output.stdout), expected);
  }
});

Deno.test("connectLauncher() closes when the launcher stops the engine", async () => {
  const engine = await launchTestEngine("ready");
  await engine.ready;
  // By stdin's end (code 0) or by SIGTERM, whichever it meets first.
  const { code, signal } = await engine.stop();
  assert(code === 0 || signal === "SIGTERM");
});

Deno.test("connectLauncher() returns undefined and leaves stdin alone when nobody is above", async () => {
  for (const channel of ["", "stdio:1", "stdio:", `fd:${Deno.pid}`, `stdio:0${Deno.pid}`]) {
    const child = spawnRaw(["alone"], { COLDTRACE_CHANNEL: channel });
    const input = '{"coldtrace":"context"}\nmine';
    assertEquals(await answerTo(child, input), `undefined\n${input}\n`);
  }
});

Deno.test("connectLauncher() returns undefined when the launcher is gone before its first line", async () => {
  assertEquals(await answerTo(spawnRaw(["alone"]), ""), "undefined\n\n");
});

Deno.test("connectLauncher() needs permission for its four variables and no other", async () => {
  const program = engineArgs("ready").at(-2) ?? "";
  const args = (...flags: string[]) => [
    ...["run", "--no-config", "--no-lock", "--no-prompt", ...flags, program],
  ];
  const names = "TRACEPARENT,TRACESTATE,BAGGAGE,COLDTRACE_CHANNEL";
  await using engine = await launchTestEngine("", {
    args: [...args(`--allow-env=${names}`), "ready"],
    stderr: "piped",
  });
  await engine.ready;
  spanOf(engine.spans(), "boot");
  const blind = await launchTestEngine("", { args: [...args(), "alone"], stdout: "piped" });
  assertEquals(await firstMatch(blind.stdout, /.*\n/), ["undefined\n"]);
  await blind.stop();
});

Deno.test("connectLauncher() begins a new trace where the first line has no valid context", async () => {
  const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const lines = [
    '{"coldtrace":"context","traceparent":"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}',
    '{"coldtrace":"context","traceparent":7,"name":[]}',
    '{"coldtrace":"context",',
    "garbage",
    "",
    '{"coldtrace":"core"}',
  ];
  for (const line of lines) {
    const messages = messagesIn(await answerTo(spawnRaw(["ready"], { TRACEPARENT }), line + "\n"));
    assertEquals(messages[0].coldtrace, "hello");
    const spans = messages.filter(({ coldtrace }) => coldtrace === "end").map(({ span }) => span);
    // The one that was made before the line came as well.
    assertEquals(spans.map((span) => span.name).toSorted(), ["boot", "load weights"], line);
    for (const { traceId, parentSpanId } of spans) {
      assertEquals([TRACEPARENT.includes(traceId), parentSpanId], [false, undefined], line);
    }
  }
});

Deno.test("connectLauncher() prefers the context on stdin to that of the environment", async () => {
  const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const traceId = "f".repeat(32);
  const line = `{"coldtrace":"context","traceparent":"00-${traceId}-${"e".repeat(16)}-01"}\n`;
  const messages = messagesIn(await answerTo(spawnRaw(["ready"], { TRACEPARENT }), line));
  const spans = messages.filter(({ coldtrace }) => coldtrace === "end").map(({ span }) => span);
  // The one that was made before the line came as well.
  assertEquals(spans.map((span) => span.name).toSorted(), ["boot", "load weights"]);
  for (const span of spans) {
    assertEquals([span.traceId, span.parentSpanId], [traceId, "e".repeat(16)]);
  }
});

Deno.test("connectLauncher() writes lines of at most 4,096 bytes and counts what it cuts", async () => {
  await using engine = await launchTestEngine("large");
  await engine.ready;
  const large = spanOf(engine.spans(), "large");
  assertEquals(large.attributes, { small: "kept" });
  assertEquals(large.droppedAttributesCount, 1);
  const events = large.events?.length ?? 0;
  assertEquals(events + (large.droppedEventsCount ?? 0), 101);
  const process = spanOf(engine.spans(), "process engine");
  assertEquals([process.attributes.small, process.attributes.big], [true, undefined]);
  assertEquals(channelOf(engine).skipped, 0);
});

Deno.test("connectLauncher() is not for a grandchild that inherited the variable", async () => {
  const engine = await launchTestEngine("grandchild", { stderr: "piped" });
  await engine.ready;
  assertStringIncludes(
    await firstMatch(engine.stderr, /grandchild.*\n/).then(String),
    `grandchild undefined stdio:${Deno.pid}`,
  );
  await engine.stop();
});

Deno.test("connectLauncher() ends the engine's wait when its launcher is killed", async () => {
  const code = `
    import { launchEngine } from "${new URL("../../src/launch/launch.ts", import.meta.url)}";
    const engine = await launchEngine(Deno.execPath(), {
      args: ${JSON.stringify(engineArgs("middle", "1"))}, channel: "stdio",
      onSpan: ({ attributes, name }) => {
        if (name === "process level 1") console.log("pid=" + attributes["process.pid"]);
      },
    });
    await engine.ready;
    console.log("pid=" + engine.pid);
  `;
  const launcher = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stdout: "piped",
  }).spawn();
  const [, core, server] = await firstMatch(launcher.stdout, /pid=(\d+)\npid=(\d+)\n/);
  assert(await isAlive(Number(core)) && await isAlive(Number(server)));
  launcher.kill("SIGKILL");
  await launcher.status;
  await isGone(Number(core));
  await isGone(Number(server));
  await launcher.stdout.cancel();
});

Deno.test("launchEngine() counts and skips what makes no sense on the channel", async () => {
  await using engine = await launchTestEngine("garbage");
  await engine.ready;
  spanOf(engine.spans(), "still heard");
  assertEquals(channelOf(engine).skipped, 9);
  assertEquals(spanOf(engine.spans(), "process engine").status, { code: 0 });
});

Deno.test("launchEngine() names the open phase of an engine that is killed, and closes it", async () => {
  const told: SpanRecord[] = [];
  const engine = await launchTestEngine("phases", {
    stdout: "piped",
    onSpan: (span) => told.push(span),
  });
  await firstMatch(engine.stdout, /loading\n/);
  Deno.kill(engine.pid, "SIGKILL");
  const error = await assertRejects(() => engine.ready, EngineStartError);
  assertEquals([error.reason, error.phase, error.status?.signal], ["exit", "weights", "SIGKILL"]);
  assertEquals(
    error.message,
    "Cannot start engine as 'engine' was ended by SIGKILL before it was ready: " +
      "current phase is 'weights'",
  );
  for (const name of ["load weights", "read tensors"]) {
    const span = spanOf(told, name);
    assertEquals(span.status, { code: 2, message: "was ended by SIGKILL" });
    assertEquals(span.attributes["coldtrace.open"], true);
    assert(span.endTimeUnixNano !== undefined);
  }
  const process = spanOf(told, "process engine");
  assertEquals(process, told.at(-1));
  assertEquals(process.status, { code: 2, message: "was ended by SIGKILL" });
  assertEquals(process.attributes["process.exit.signal"], "SIGKILL");
  assertFalse("coldtrace.open" in process.attributes);
});

Deno.test("launchEngine() tells of an engine that ends by itself within a phase", async () => {
  for (const [how, code] of [["exit", 3], ["finish", 0]] as const) {
    const engine = await launchTestEngine(["phases", how]);
    const error = await assertRejects(() => engine.ready, EngineStartError);
    assertEquals([error.reason, error.phase, error.status?.code], ["exit", "weights", code]);
    const process = spanOf(engine.spans(), "process engine");
    assertEquals(process.status, { code: 2, message: `exited with code ${code}` });
    assertEquals(process.attributes["process.exit.code"], code);
  }
});

Deno.test("launchEngine() tells what an engine was doing when its time was up", async () => {
  const engine = await launchTestEngine("phases", { stallTimeout: 1500 });
  const error = await assertRejects(() => engine.ready, EngineStartError);
  assertEquals([error.reason, error.phase], ["stall-timeout", "weights"]);
  assertEquals(spanOf(engine.spans(), "load weights").attributes["coldtrace.open"], true);
});

Deno.test("launchEngine() kills an engine that takes no notice of anything", async () => {
  const engine = await launchTestEngine("stubborn", { gracePeriod: 50 });
  await engine.ready;
  assertEquals((await engine.stop()).signal, "SIGKILL");
});

Deno.test("launchEngine() relays the spans of every process below, each once, with its resource", async () => {
  const told: SpanRecord[] = [];
  await using engine = await launchTestEngine(["middle", "2"], { onSpan: (s) => told.push(s) });
  await engine.ready;
  assertEquals(new Set(told.map((span) => span.spanId)).size, told.length);
  assertEquals(new Set(told.map((span) => span.traceId)).size, 1);
  assertEquals(
    told.map((span) => `${span.resource.attributes["coldtrace.process"]}: ${span.name}`).toSorted(),
    [
      "engine: process level 2",
      "engine: process start",
      "engine: work 2",
      "level 1: process start",
      "level 1: work 0",
      "level 2: process level 1",
      "level 2: process start",
      "level 2: work 1",
      "undefined: process engine",
    ],
  );
  const parents = ["work 0", "process level 1", "process level 2", "process engine"]
    .map((name) => spanOf(told, name));
  for (const [i, span] of parents.slice(0, -1).entries()) {
    assertEquals(span.parentSpanId, parents[i + 1]?.spanId);
  }
  const pids = ["work 0", "work 1", "work 2"]
    .map((name) => spanOf(told, name).resource.attributes["process.pid"]);
  assertEquals(pids[2], engine.pid);
  assertEquals(pids[0], spanOf(told, "process level 1").attributes["process.pid"]);
});

Deno.test("launchEngine() relays what came before the engine was connected", async () => {
  const told: SpanRecord[] = [];
  await using engine = await launchTestEngine("early", { onSpan: (span) => told.push(span) });
  await engine.ready;
  const core = spanOf(told, "process engine core");
  assertEquals(core.parentSpanId, spanOf(told, "process engine").spanId);
  const weights = spanOf(told, "load weights");
  assertEquals(weights.parentSpanId, core.spanId);
  assertEquals(weights.resource.attributes["coldtrace.process"], "engine core");
  assertEquals(told.length, 6);
});

Deno.test("launchEngine() keeps the open phases of a core when the process above it is killed", async () => {
  const engine = await launchTestEngine(["core", "phases"], { stdout: "piped" });
  await firstMatch(engine.stdout, /loading\n/);
  const core = spanOf(engine.spans(), "process engine core").attributes["process.pid"];
  assert(await isAlive(Number(core)));
  // What is passed on of a core's spans may come a moment after what it wrote.
  const isTold = () => engine.spans().some(({ name }) => name === "read tensors");
  await becomes(isTold, "Expected the core's span");
  Deno.kill(engine.pid, "SIGKILL");
  const error = await assertRejects(() => engine.ready, EngineStartError);
  // The deepest: what the core was doing.
  assertEquals([error.phase, error.status?.signal], ["weights", "SIGKILL"]);
  await isGone(Number(core));
  for (const name of ["wait for core", "load weights", "read tensors", "process engine core"]) {
    assertEquals(spanOf(engine.spans(), name).status.code, 2, name);
  }
});

Deno.test("launchEngine() tells what a core was doing when it died and took the engine with it", async () => {
  const engine = await launchTestEngine(["core", "phases"], { stdout: "piped" });
  await firstMatch(engine.stdout, /loading\n/);
  const core = spanOf(engine.spans(), "process engine core").attributes["process.pid"];
  Deno.kill(Number(core), "SIGKILL");
  const error = await assertRejects(() => engine.ready, EngineStartError);
  assertEquals([error.phase, error.status?.code], ["weights", 1]);
  const span = spanOf(engine.spans(), "process engine core");
  assertEquals(span.status, { code: 2, message: "was ended by SIGKILL" });
  assertEquals(span.attributes["process.exit.signal"], "SIGKILL");
  assertEquals(spanOf(engine.spans(), "process engine").attributes["process.exit.code"], 1);
});

Deno.test("launchEngine() kills a core that hangs with the engine above it", async () => {
  const engine = await launchTestEngine(["core", "stubborn"], { gracePeriod: 50 });
  await engine.ready;
  const core = spanOf(engine.spans(), "process engine core").attributes["process.pid"];
  await engine.stop();
  await isGone(Number(core));
});

Deno.test("launchEngine() keeps a bounded number of messages, and takes no time that cannot be", async () => {
  await using engine = await launchTestEngine("flood");
  await engine.ready;
  const { endTimeUnixNano } = spanOf(engine.spans(), "process engine");
  assert(endTimeUnixNano !== undefined && endTimeUnixNano <= unixNano());
  const received: unknown[] = [];
  channelOf(engine).onMessage((message) => received.push(message));
  assertEquals(received.length, 1024);
  assertEquals(channelOf(engine).skipped, 2000 - 1024 + 1);
});

Deno.test("channelOf() carries messages both ways, long ones down", async () => {
  await using engine = await launchTestEngine("echo");
  const channel = channelOf(engine);
  const answers: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  channel.onMessage((message) => {
    answers.push(message);
    if (answers.length === 2) resolve();
  });
  await channel.send({ text: "short" });
  await channel.send({ text: "x".repeat(1_000_000) });
  await promise;
  assertEquals(answers, [{ length: 5 }, { length: 1_000_000 }]);
  await engine.ready;
  assertMatch(
    String(spanOf(engine.spans(), "process engine").attributes.refused),
    /RangeError: Cannot send message as its line must be at most 4096 bytes: current value is \d+/,
  );
});

Deno.test("channelOf() refuses a message that the engine would not take", async () => {
  await using engine = await launchTestEngine("echo");
  const sent = channelOf(engine).send({ text: "x".repeat(16 * 1024 * 1024) });
  await assertRejects(() => sent, RangeError, "must be at most 16777216 bytes");
});

Deno.test("channelOf() rejects a message to an engine that is gone", async () => {
  await using engine = await launchTestEngine("echo");
  await engine.stop();
  await assertRejects(() => channelOf(engine).send({ text: "anybody?" }));
});

Deno.test("channelOf() throws when there is no channel", async () => {
  await using engine = await launchShell("exit 0");
  assertThrows(() => channelOf(engine), TypeError, "Cannot get channel");
});

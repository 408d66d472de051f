import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { launchEngine } from "../../src/launch/launch.ts";
import type { Engine, LaunchEngineOptions } from "../../src/launch/types.ts";
import { EngineStartError } from "../../src/launch/errors.ts";
import { rootContext, withSpanContext } from "../../src/trace/context.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { firstMatch, isAlive, isGone, launchShell, spanOf, textOf } from "./_helpers.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const PARENT = withSpanContext(rootContext, { traceId: TRACE, spanId: SPAN, traceFlags: 1 });

/** How `ready` of an engine failed. */
function failureOf(engine: Engine): Promise<EngineStartError> {
  return assertRejects(() => engine.ready, EngineStartError);
}

Deno.test("launchEngine() resolves when the process exists and is ready at once without a criterion", async () => {
  const told: SpanRecord[] = [];
  const engine = await launchShell("exit 0", { context: PARENT, onSpan: (s) => told.push(s) });
  await engine.ready;
  assertEquals(engine.spans()[0]?.endTimeUnixNano, undefined);
  assertEquals((await engine.status).code, 0);
  const span = spanOf(engine.spans(), "process shell");
  assertEquals(told, [span]);
  assertEquals(span.traceId, TRACE);
  assertEquals(span.parentSpanId, SPAN);
  assertEquals(span.status, { code: 0 });
  assertEquals(span.attributes, {
    "coldtrace.container": true,
    "coldtrace.source": "process",
    "process.command": "sh",
    "process.command_args": ["sh", "-c", "exit 0"],
    "process.pid": engine.pid,
    "process.exit.code": 0,
  });
  assert(span.endTimeUnixNano !== undefined && span.endTimeUnixNano > span.startTimeUnixNano);
});

Deno.test("launchEngine() passes bytes, exit code and working folder through unchanged", async () => {
  const cwd = await Deno.realPath(await Deno.makeTempDir());
  const script = "pwd; printf 'a\\0\\377' ; echo out >&2; exit 7";
  const engine = await launchShell(script, { cwd, stdout: "piped", stderr: "piped" });
  const stdout = new Uint8Array(await new Response(engine.stdout).arrayBuffer());
  assertEquals(stdout, new Uint8Array([...new TextEncoder().encode(`${cwd}\n`), 97, 0, 255]));
  assertEquals(await textOf(engine.stderr), "out\n");
  assertEquals({ ...await engine.status }, { success: false, code: 7, signal: null });
  const span = spanOf(engine.spans(), "process shell");
  assertEquals(span.status, { code: 2, message: "exited with code 7" });
  assertEquals(span.attributes["process.exit.code"], 7);
  await Deno.remove(cwd);
});

Deno.test("launchEngine() does not hold up an engine whose piped output nobody reads", async () => {
  const script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2";
  const engine = await launchShell(script, { stdout: "piped", stderr: "piped" });
  assert((await engine.status).success);
  assertEquals((await textOf(engine.stdout)).length <= 2 * 1024 * 1024, true);
});

Deno.test("launchEngine() loses nothing for a reader that is slow", async () => {
  const engine = await launchShell("head -c 5000000 /dev/zero", { stdout: "piped" });
  let length = 0;
  for await (const chunk of engine.stdout ?? []) {
    length += chunk.length;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals(length, 5_000_000);
});

Deno.test("launchEngine() rejects with Deno's own error when there is no such program", async () => {
  await assertRejects(() => launchEngine("/no/such/engine"), Deno.errors.NotFound);
});

Deno.test("launchEngine() checks its arguments before it launches anything", async () => {
  const marker = await Deno.makeTempFile();
  const refused: [LaunchEngineOptions, typeof TypeError | typeof RangeError, string][] = [
    [
      { startTimeout: -1 },
      RangeError,
      "'startTimeout' must be 1-2147483647 ms, or Infinity: current value is -1",
    ],
    [{ stallTimeout: NaN }, RangeError, "'stallTimeout' must be"],
    [{ gracePeriod: 2 ** 31 }, RangeError, "'gracePeriod' must be 0-2147483647 ms"],
    [{ channel: "tcp" as "stdio" }, TypeError, `'channel' must be "stdio": current value is tcp`],
    [{ stdout: "pipe" as "piped" }, TypeError, "'stdout' must be"],
    [{ ready: { line: /x/ } }, TypeError, "'ready.line' needs"],
    [
      { ready: { url: "ftp://127.0.0.1" } },
      TypeError,
      "'ready.url' must be an http: or https: URL",
    ],
    [{ ready: { url: "http://127.0.0.1", interval: 0 } }, RangeError, "'ready.interval' must be"],
    [{ ready: "soon" as unknown as { line: RegExp } }, TypeError, "'ready' must have"],
  ];
  for (const [options, ErrorClass, message] of refused) {
    await assertRejects(
      () => launchShell(`echo launched > ${marker}`, options),
      ErrorClass,
      `Cannot launch engine as ${message}`,
    );
  }
  await assertRejects(() => launchEngine(""), TypeError, "'command' must be");
  assertEquals(await Deno.readTextFile(marker), "");
  await Deno.remove(marker);
});

Deno.test("launchEngine() spawns nothing when the signal was aborted before", async () => {
  const marker = await Deno.makeTempFile();
  const reason = new Error("called off");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(() => launchShell(`echo x > ${marker}`, { signal }));
  assertStrictEquals(error, reason);
  assertEquals(await Deno.readTextFile(marker), "");
  await Deno.remove(marker);
});

Deno.test("Engine.ready rejects with the signal's reason when it is aborted, and nothing is left", async () => {
  const controller = new AbortController();
  const told: SpanRecord[] = [];
  const engine = await launchShell("sleep 100 & echo pid=$!; wait", {
    signal: controller.signal,
    stdout: "piped",
    ready: { line: /never/ },
    onSpan: (span) => told.push(span),
  });
  const [, pid] = await firstMatch(engine.stdout, /pid=(\d+)\n/);
  const reason = new Error("called off");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => engine.ready), reason);
  await isGone(Number(pid));
  const span = spanOf(told, "process shell");
  assertEquals(span.status.code, 2);
  assertEquals(span.attributes["error.type"], "stopped");
  assertEquals(span.attributes["process.exit.signal"], "SIGTERM");
});

Deno.test("Engine ends when the signal is aborted after it was ready", async () => {
  const controller = new AbortController();
  const engine = await launchShell("exec sleep 100", { signal: controller.signal });
  await engine.ready;
  controller.abort();
  assertEquals((await engine.status).signal, "SIGTERM");
});

Deno.test("Engine.ready resolves when a line of stdout or stderr matches", async () => {
  for (const stream of ["stdout", "stderr"] as const) {
    const script = "(printf 'liste'; printf 'ning\\nmore'; exec sleep 100)";
    await using engine = await launchShell(stream === "stdout" ? script : `${script} >&2`, {
      [stream]: "piped",
      // A global expression remembers where it was; it must not here.
      ready: { line: /^listening$/g },
    });
    await engine.ready;
    const span = spanOf(engine.spans(), "process shell");
    assert(span.endTimeUnixNano !== undefined);
    assertEquals(span.status, { code: 0 });
    assertEquals(await firstMatch(engine[stream], /listening\nmore/), ["listening\nmore"]);
  }
});

Deno.test("Engine.ready resolves when the URL answers with success, by changed answers alive", async () => {
  const answers = [503, 503, 302, 200];
  let asked = 0;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    const status = answers[asked++] ?? 200;
    return new Response(status === 503 ? `loading ${asked}` : null, {
      status,
      ...(status === 302 && { headers: { location: "/elsewhere" } }),
    });
  });
  const url = `http://127.0.0.1:${server.addr.port}/health`;
  await using engine = await launchShell("exec sleep 100", { ready: { url, interval: 5 } });
  await engine.ready;
  assertEquals(asked, answers.length);
});

Deno.test("Engine.ready asks a function until it says yes, and takes an error for a no", async () => {
  let asked = 0;
  let seen: AbortSignal | undefined;
  await using engine = await launchShell("exec sleep 100", {
    ready: (signal) => {
      seen = signal;
      if (++asked === 1) throw new Error("not yet");
      return Promise.resolve(asked === 3);
    },
  });
  await engine.ready;
  assertEquals(asked, 3);
  assert(seen?.aborted);
});

Deno.test("Engine.ready rejects with the last lines of stderr when the engine exits first", async () => {
  const script = "i=0; while [ $i -lt 5000 ]; do echo line $i >&2; i=$((i+1)); done; exit 3";
  const engine = await launchShell(script, {
    stderr: "piped",
    ready: () => Promise.resolve(false),
  });
  const error = await failureOf(engine);
  assertEquals(error.reason, "exit");
  assertEquals(error.status?.code, 3);
  assertEquals(error.phase, undefined);
  assertEquals(
    error.message,
    "Cannot start engine as 'shell' exited with code 3 before it was ready",
  );
  assertMatch(error.stderrTail, /^line \d+\n/);
  assert(error.stderrTail.endsWith("line 4998\nline 4999"));
  assert(error.stderrTail.length <= 8192);
  const span = spanOf(engine.spans(), "process shell");
  assertEquals(span.status, { code: 2, message: "exited with code 3" });
  assertEquals(span.attributes["error.type"], "exit");
});

Deno.test("Engine.ready rejects when the engine exits with code 0 before it was ready", async () => {
  const engine = await launchShell("exit 0", { ready: () => Promise.resolve(false) });
  const error = await failureOf(engine);
  assertEquals(error.reason, "exit");
  assertEquals(error.status?.success, true);
  assertEquals(spanOf(engine.spans(), "process shell").status.code, 2);
});

Deno.test("Engine.ready takes a line for ready that is the last thing an engine says", async () => {
  const engine = await launchShell("printf ready", { stdout: "piped", ready: { line: /^ready$/ } });
  await engine.ready;
  assert((await engine.status).success);
});

Deno.test("Engine.ready rejects after startTimeout, and nothing is left", async () => {
  const engine = await launchShell(
    "trap '' TERM; sleep 100 & echo pid=$!; while :; do wait; done",
    {
      stdout: "piped",
      ready: { line: /never/ },
      startTimeout: 300,
      gracePeriod: 50,
    },
  );
  const [, pid] = await firstMatch(engine.stdout, /pid=(\d+)\n/);
  const error = await failureOf(engine);
  assertEquals(error.reason, "start-timeout");
  assertEquals(error.status?.signal, "SIGKILL");
  assertStringIncludes(error.message, "'shell' was not ready within 300 ms");
  await isGone(Number(pid));
  const span = spanOf(engine.spans(), "process shell");
  assertEquals(span.attributes["error.type"], "start-timeout");
  assertEquals(span.attributes["process.exit.signal"], "SIGKILL");
});

Deno.test("Engine.ready rejects after stallTimeout when nothing comes any more", async () => {
  const engine = await launchShell("echo up; exec sleep 100", {
    stdout: "piped",
    ready: { line: /never/ },
    stallTimeout: 200,
  });
  const error = await failureOf(engine);
  assertEquals(error.reason, "stall-timeout");
  assertEquals(error.status?.signal, "SIGTERM");
  assertStringIncludes(error.message, "'shell' gave no sign of life for 200 ms");
  assertEquals(await textOf(engine.stdout), "up\n");
});

Deno.test("Engine.ready carries what the probe last ran into as the cause of a timeout", async () => {
  const last = new Error("refused");
  const engine = await launchShell("exec sleep 100", {
    ready: () => Promise.reject(last),
    startTimeout: 100,
  });
  assertStrictEquals((await failureOf(engine)).cause, last);
});

Deno.test("Engine.ready that nobody awaits does not end the host", async () => {
  const code = `
    import { launchEngine } from "${new URL("../../src/launch/launch.ts", import.meta.url)}";
    const engine = await launchEngine("sh", { args: ["-c", "exit 1"], ready: async () => false });
    await engine.status;
    await new Promise((resolve) => setTimeout(resolve, 0));
    console.log("alive");
  `;
  const { code: exit, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stderr: "inherit",
  }).output();
  assertEquals([exit, new TextDecoder().decode(stdout)], [0, "alive\n"]);
});

Deno.test("Engine.stop() ends the whole group, whatever it is told to ignore, and once", async () => {
  // The grandchild ignores SIGTERM and holds stdout open.
  const script = "trap '' TERM; (trap '' TERM; exec sleep 100) & echo pid=$!; exec sleep 100";
  const engine = await launchShell(script, { stdout: "piped", gracePeriod: 50 });
  const [, pid] = await firstMatch(engine.stdout, /pid=(\d+)\n/);
  const [first, second] = await Promise.all([engine.stop(), engine.stop()]);
  assertEquals({ ...first }, { success: false, code: 137, signal: "SIGKILL" });
  assertStrictEquals(second, first);
  assertStrictEquals(await engine.stop(), first);
  await isGone(Number(pid));
  assertEquals(await textOf(engine.stdout), "");
  const span = spanOf(engine.spans(), "process shell");
  // It was asked to stop, so nothing has failed.
  assertEquals(span.status, { code: 0 });
  assertEquals(span.attributes["process.exit.signal"], "SIGKILL");
});

Deno.test("Engine.stop() lets an engine end in its own way within the grace period", async () => {
  const script = "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.01; done";
  const engine = await launchShell(script, {
    stdout: "piped",
    stderr: "null",
    gracePeriod: 60_000,
  });
  await firstMatch(engine.stdout, /up\n/);
  assertEquals((await engine.stop()).code, 5);
  assertEquals(await textOf(engine.stdout), "bye\n");
});

Deno.test("Engine takes its group with it when it ends by itself", async () => {
  const script = "sleep 100 & echo pid=$!; exit 0";
  const engine = await launchShell(script, { stdout: "piped" });
  assert((await engine.status).success);
  const [, pid] = await firstMatch(engine.stdout, /pid=(\d+)\n/);
  await isGone(Number(pid));
});

Deno.test("Engine.status does not wait for a process that left the group and holds stdout", async () => {
  const leaver = "echo pid=$$; kill -9 $0; exec sleep 100";
  const engine = await launchShell(`setsid sh -c '${leaver}' $$ & wait`, { stdout: "piped" });
  const [, pid] = await firstMatch(engine.stdout, /pid=(\d+)\n/);
  assertEquals((await engine.status).signal, "SIGKILL");
  assertEquals(await textOf(engine.stdout), "");
  assert(await isAlive(Number(pid)));
  Deno.kill(Number(pid), "SIGKILL");
});

Deno.test("Engine is stopped when it is disposed of", async () => {
  let status: Promise<Deno.CommandStatus>;
  {
    await using engine = await launchShell("exec sleep 100");
    status = engine.status;
  }
  assertEquals((await status).signal, "SIGTERM");
});

Deno.test("LaunchEngineOptions.onSpan may throw without harm", async () => {
  const engine = await launchShell("exit 0", {
    onSpan: () => {
      throw new Error("bad listener");
    },
  });
  assert((await engine.status).success);
  assertEquals(engine.spans().length, 1);
});

Deno.test("LaunchEngineOptions.args keep their secrets out of the trace", async () => {
  const engine = await launchShell("exit 0", { args: ["-c", "exit 0", "--api-key", "s3cr3t"] });
  await engine.status;
  const { attributes } = spanOf(engine.spans(), "process shell");
  assertEquals(attributes["process.command_args"], [
    "sh",
    "-c",
    "exit 0",
    "--api-key",
    "[redacted]",
  ]);
});

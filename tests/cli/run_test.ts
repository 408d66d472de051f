import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { canMakeTerminal } from "../_terminal.ts";
import { MAIN } from "../_serve.ts";
import { freePort, restOf, RunYard } from "./_run_yard.ts";

/** A server that answers `/health` with 503 until a byte comes on its stdin, and then with 200. */
const SERVER = `
const path = Deno.args[1];
let ready = false, asked = 0;
Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1", onListen() {
  console.log("listening");
} }, (request) => {
  if (new URL(request.url).pathname !== "/health") return new Response(String(asked));
  if (asked++ === 0) console.log("asked");
  return new Response(null, { status: ready ? 200 : 503 });
});
Deno.stdin.read(new Uint8Array(1)).then((count) => ready = count === 1);
Deno.addSignalListener("SIGTERM", () => { console.log("ending"); Deno.exit(7); });
`;

function serverCommand(port: number): string[] {
  return [Deno.execPath(), "eval", "--no-config", SERVER, String(port)];
}

Deno.test("run leaves stdin, stdout, stderr and the exit code as they are", async () => {
  await using yard = new RunYard();
  const script = "read a; echo out $a; echo err >&2; exit 3";
  const run = yard.spawn(["sh", "-c", script], { options: ["--quiet"], stdin: "piped" });
  const writer = run.child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("line\n"));
  await writer.close();
  assertEquals(await run.ended(), { code: 3, stdout: "out line\n", stderr: "err\n" });
});

Deno.test("run says of an unknown command that nothing tells when it is ready", async () => {
  await using yard = new RunYard();
  const { code, stdout, stderr } = await yard.run(["true"]);
  assertEquals([code, stdout], [0, ""]);
  assertMatch(stderr, /^\ntrue executed in \d+\.\d ms\n\n.+process_start +true\n/);
  assertStringIncludes(stderr, "\nNothing tells when 'true' is ready, so what follows is not seen");
  const { report, start } = await yard.start();
  assertEquals([report.ready, start.executed, report.rows.length], [true, true, 1]);
});

Deno.test("run ends as a shell does where there is nothing to run", async () => {
  await using yard = new RunYard();
  const missing = await yard.run(["no-such-program", "--api-key", "secret"]);
  assertEquals(missing, {
    code: 127,
    stdout: "",
    stderr: "Cannot run 'no-such-program' as there is no such program\n",
  });
  const plain = await yard.run(["/etc/passwd"]);
  assertEquals(plain.code, 126);
  assertMatch(plain.stderr, /^Cannot run '\/etc\/passwd' as .+\n$/);
  assertEquals((await yard.run(["sh", "-c", "kill -KILL $$"])).code, 137);
  assertEquals((await yard.runs()).length, 1);
});

Deno.test("run says that it needs all permissions, and why", async () => {
  const flags = ["run", "read", "write", "env", "net", "sys"].map((name) => `--allow-${name}`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, MAIN, "run", "--", "true"],
  }).output();
  assertEquals(code, Deno.build.os === "linux" ? 2 : 0);
  assertEquals(
    new TextDecoder().decode(stderr),
    "Cannot run as it needs --allow-all (-A): it starts any program, and reads /proc\n",
  );
});

Deno.test("run refuses what makes no sense in one line, and runs nothing", async () => {
  await using yard = new RunYard();
  const cases: [string[], string][] = [
    [
      ["--ready-url", "localhost:8000"],
      "'ready-url' must be an http or https URL: current value is localhost:8000",
    ],
    [["--ready-log", "("], "'ready-log' must be a regular expression: current value is ("],
    [["-n", "0"], "'times' must be 1-10000: current value is 0"],
    [["--probe", "on"], "'probe' must be off, imports or functions: current value is on"],
    [
      ["--until", "ready"],
      "'until' must be exec where nothing tells when the engine is ready: " +
      "give --engine, --ready-url or --ready-log",
    ],
    [
      ["--until", "first-token", "--ready-log", "x"],
      "'until' must be exec or ready for an engine that nobody knows how to ask for a token: " +
      "current value is first-token",
    ],
  ];
  for (const [options, rule] of cases) {
    const { code, stdout, stderr } = await yard.run(["echo", "ran"], { options });
    assertEquals({ code, stdout, stderr }, {
      code: 2,
      stdout: "",
      stderr: `Cannot run as ${rule}\n`,
    });
  }
  assertEquals(await yard.runs(), []);
});

Deno.test("run traces a server until it is ready, and leaves it alone from then on", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const url = `http://127.0.0.1:${port}`;
  const json = `${yard.dir}/report.json`;
  const options = ["--ready-url", `${url}/health`, "--json", json];
  const run = yard.spawn(serverCommand(port), { options, stdin: "piped" });
  await run.says(/listening\nasked\n/);
  await run.child.stdin.getWriter().write(new Uint8Array(1));
  const summary = await run.tells(/stored in .+\n/);
  const written = JSON.parse(await Deno.readTextFile(json));
  assertMatch(summary, /\ndeno ready in /);
  const asked = await (await fetch(`${url}/asked`)).text();
  // It answers us, and only us: whoever polled would be counted.
  for (let i = 0; i < 20; i++) assertEquals(await (await fetch(`${url}/asked`)).text(), asked);
  run.child.kill("SIGTERM");
  const { code, stdout } = await run.ended();
  assertEquals([code, stdout], [7, "listening\nasked\nending\n"]);

  const { report, root } = await yard.start();
  assertEquals(written, report);
  const states = root.events?.filter(({ name }) => name === "readiness")
    .map(({ attributes }) => attributes?.["coldtrace.readiness.state"]);
  assertEquals(states?.slice(-2), ["503", "200"]);
  assertEquals(report.rows.reduce((sum, { ns }) => sum + ns, 0), report.total_ns);
});

Deno.test("run takes a line of the log for ready", async () => {
  await using yard = new RunYard();
  const script =
    "echo loading; sleep 0.05; printf 'server is \\033[32mready\\033[0m\\n'; read a; exit 0";
  const options = ["--ready-log", "is ready$"];
  const run = yard.spawn(["sh", "-c", script], { options, stdin: "piped" });
  assertMatch(await run.tells(/stored in/), /\nsh ready in /);
  await run.child.stdin.close();
  const { code, stdout } = await run.ended();
  assertEquals([code, stdout], [0, "loading\nserver is \x1b[32mready\x1b[0m\n"]);
});

Deno.test("run stores the lines of a start that got ready, and what its processes used meanwhile", async () => {
  await using yard = new RunYard();
  // It is looked at when it is launched, 40 ms later, and when it is ready.
  const script =
    "echo loading token=hf_abcdefghijklmnop >&2; sleep 0.5; echo ready; read a; exit 0";
  const options = ["--ready-log", "^ready$"];
  const run = yard.spawn(["sh", "-c", script], { options, stdin: "piped" });
  await run.tells(/stored in/);
  await run.child.stdin.close();
  assertEquals((await run.ended()).code, 0);
  const { root, start } = await yard.start();
  const log = root.events?.filter(({ name }) => name === "log") ?? [];
  assertEquals(log.map(({ attributes }) => attributes), [
    { "log.iostream": "stderr", "log.body": "loading token=[redacted]" },
    { "log.iostream": "stdout", "log.body": "ready" },
  ]);
  assertEquals(root.attributes["coldtrace.log.dropped"], undefined);
  if (Deno.build.os !== "linux") return;
  const shell = start.spans.find(({ name }) => name === "process sh")?.attributes ?? {};
  const [time = [], cpu = [], rss = []] = ["time_ms", "cpu_time_ms", "rss"].map((what) =>
    shell[`coldtrace.process.samples.${what}`] as number[]
  );
  assert(time.length >= 3 && cpu.length === time.length && rss.length === time.length);
  const last = Number((start.end - start.launch) / 1_000_000n);
  assert(time.every((ms, i) => ms > (time[i - 1] ?? -1) && ms <= last + 1), `${time}`);
});

Deno.test("run --stop -n starts a server so often, and stops it each time", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const options = [
    "--ready-url",
    `http://127.0.0.1:${port}/`,
    "-n",
    "2",
    "--label",
    "twice",
    "--json",
    `${yard.dir}/all.json`,
  ];
  const { code, stdout, stderr } = await yard.run(serverCommand(port), { options });
  assertEquals([code, stdout], [0, "listening\nending\n".repeat(2)]);
  assertMatch(stderr, /^1 of 2: deno ready in .+\n\ndeno ready in /);
  const runs = await yard.runs();
  assertEquals(runs.map((records) => records.at(-1)?.attributes["coldtrace.label"]), [
    "twice",
    "twice",
  ]);
  assertEquals(JSON.parse(await Deno.readTextFile(`${yard.dir}/all.json`)).length, 2);
});

Deno.test("run stores a start that died, with its last words", async () => {
  await using yard = new RunYard();
  const script = "echo loading; echo 'HF_TOKEN hf_abcdefghijklmnop is wrong' >&2; exit 4";
  const options = ["--ready-url", `http://127.0.0.1:${freePort()}/`];
  const { code, stderr } = await yard.run(["sh", "-c", script], { options });
  assertEquals(code, 4);
  assertStringIncludes(stderr, "\nsh died after ");
  const { report, root } = await yard.start();
  assertEquals([report.ready, report.ended?.reason, report.ended?.exit_code], [false, "exit", 4]);
  const log = root.events?.filter(({ name }) => name === "log").map(({ attributes }) => attributes);
  assertEquals(log?.map((line) => line?.["log.body"]).toSorted(), [
    "HF_TOKEN [redacted] is wrong",
    "loading",
  ]);
});

Deno.test("run stores a start that a signal ended as stopped", async () => {
  await using yard = new RunYard();
  const options = ["--ready-url", `http://127.0.0.1:${freePort()}/`];
  const script = "echo loading; sleep 1000 & wait";
  const run = yard.spawn(["sh", "-c", script], { options });
  await run.says(/loading/);
  run.child.kill("SIGTERM");
  const { code, stderr } = await run.ended();
  assertEquals(code, 143);
  assertMatch(stderr, /\nsh died after .+: stopped\n/);
  const { report } = await yard.start();
  assertEquals([report.ended?.reason, report.ended?.signal], ["stopped", "SIGTERM"]);
});

/** A server that is ready at once, and does with a request for a token what its arguments say. */
const TOKENS = `
const [port, way] = Deno.args;
Deno.serve({ port: Number(port), hostname: "127.0.0.1", onListen() {} }, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/health") return new Response();
  if (pathname === "/v1/models") return Response.json({ data: [{ id: "m" }] });
  if (way === "die") Deno.exit(7);
  return new Response("key=abc is wrong", { status: way === "refuse" ? 500 : 200 });
});
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
`;

Deno.test("run --stop marks a start failed whose engine is ready, but has no token to give", async () => {
  for (const [way, failure] of [["refuse", "500 key=abc is wrong"], ["empty", "no token in"]]) {
    await using yard = new RunYard();
    const port = freePort();
    const options = ["--engine", "vllm", "--probe", "off", "--stop"];
    options.push("--ready-url", `http://127.0.0.1:${port}/health`);
    const command = [Deno.execPath(), "eval", "--no-config", TOKENS, `${port}`, `${way}`];
    const { code, stderr } = await yard.run(command, { options });
    assertEquals(code, 1);
    assertMatch(stderr, /\nvLLM ready in .+, but gave no token: /);
    const { report } = await yard.start();
    assertEquals([report.ready, report.first_token_ns], [true, null]);
    assertStringIncludes(report.failure ?? "", failure ?? "");
  }
});

Deno.test("run --stop has the exit code of an engine that dies of the request for a token", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const options = ["--engine", "vllm", "--probe", "off", "--stop"];
  options.push("--ready-url", `http://127.0.0.1:${port}/health`);
  const command = [Deno.execPath(), "eval", "--no-config", TOKENS, `${port}`, "die"];
  const { code } = await yard.run(command, { options });
  assertEquals(code, 7);
  const { root } = await yard.start();
  assertEquals(root.attributes["process.exit.code"], 7);
});

/** An engine that says that it is ready, and listens a moment later. */
const LATE = `
console.log("ready");
setTimeout(() => {
  Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/health") return Response.json({ data: [{ id: "m" }], choices: [{}] });
    return new Response(null, { status: 404 });
  });
}, 300);
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
`;

Deno.test("run --until first-token waits for an engine that says ready before it listens", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const options = ["--engine", "vllm", "--probe", "off", "--stop", "--until", "first-token"];
  options.push("--ready-url", `http://127.0.0.1:${port}/health`, "--ready-log", "^ready$");
  const command = [Deno.execPath(), "eval", "--no-config", LATE, `${port}`];
  const { code, stderr } = await yard.run(command, { options });
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /^\nvLLM ready in .+, first token after .+\n/);
  const { report } = await yard.start();
  assert((report.first_token_ns ?? 0) - report.total_ns > 200e6);
});

Deno.test("run --until first-token waits no longer than the engine lives", async () => {
  await using yard = new RunYard();
  const options = ["--engine", "vllm", "--probe", "off", "--until", "first-token"];
  options.push("--ready-url", `http://127.0.0.1:${freePort()}/health`, "--ready-log", "^ready$");
  // It goes on for as long as its stdin is open.
  const command = ["sh", "-c", "echo ready; read line; exit 7"];
  const run = yard.spawn(command, { options, stdin: "piped" });
  await run.says(/ready/);
  await run.child.stdin.close();
  const { code, stderr } = await run.ended();
  assertEquals(code, 7);
  assertMatch(stderr, /\nvLLM ready in .+, but gave no token: .*exited with code 7\n/);
});

Deno.test("run gives an engine its context, and a place for its spans", async () => {
  await using yard = new RunYard();
  const { stdout } = await yard.run(["env"], { options: ["--engine", "vllm"] });
  const env = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(/=(.*)/s)));
  const { root } = await yard.start();
  assertEquals(env.TRACEPARENT, `00-${root.traceId}-${root.spanId}-01`);
  assertEquals(env.traceparent, env.TRACEPARENT);
  assertMatch(
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? "",
    /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/v1\/traces$/,
  );
  assertEquals(env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, "http/protobuf");
  assertEquals(env.OTEL_BSP_SCHEDULE_DELAY, "200");
});

Deno.test("run leaves an engine its own endpoint, and gives other programs none", async () => {
  await using yard = new RunYard();
  const endpoint = "http://127.0.0.1:9/v1/traces";
  const named = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint, OTEL_TRACES_EXPORTER: "none" };
  const own = await yard.run(["env"], { options: ["--engine", "vllm"], env: named });
  assertStringIncludes(own.stdout, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${endpoint}\n`);
  assertEquals(own.stdout.includes("OTEL_BSP_SCHEDULE_DELAY"), false);
  const other = await yard.run(["env"]);
  assertEquals(other.stdout.includes("OTEL_EXPORTER"), false);
  assertStringIncludes(other.stdout, "TRACEPARENT=00-");
});

Deno.test("run keeps its context from an engine that traces requests", async () => {
  await using yard = new RunYard();
  const bin = `${yard.dir}/bin`;
  await Deno.mkdir(bin);
  await Deno.symlink("/usr/bin/env", `${bin}/vllm`);
  const stale = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  // What prints the environment ends at what it takes for options; that is told on stderr.
  const script = `env; exit 0; # vllm`;
  await Deno.remove(`${bin}/vllm`);
  await Deno.writeTextFile(`${bin}/vllm`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const command = [
    `${bin}/vllm`,
    "serve",
    "M",
    "--otlp-traces-endpoint",
    "http://127.0.0.1:9/v1/traces",
  ];
  const env = { TRACEPARENT: stale, traceparent: stale, OTEL_TRACES_EXPORTER: "none" };
  const { stdout } = await yard.run(command, { options: ["--quiet"], env });
  assertEquals(/^traceparent=/im.test(stdout), false);
});

Deno.test("run tells no secrets of the command", async () => {
  await using yard = new RunYard();
  await yard.run(["sh", "-c", "true", "--api-key", "secret-1", "--hf-token=secret-2"], {
    options: ["--ready-log", "never"],
  });
  const text = JSON.stringify(await yard.runs(), (_, value) => {
    return typeof value === "bigint" ? String(value) : value;
  });
  assertStringIncludes(text, "[redacted]");
  assertEquals(/secret-\d/.test(text), false);
});

Deno.test("an engine goes on when its coldtrace is killed, and what was known is stored", async () => {
  await using yard = new RunYard();
  const port = freePort();
  const options = ["--ready-url", `http://127.0.0.1:${port}/health`];
  const run = yard.spawn(serverCommand(port), { options, stdin: "piped" });
  await run.says(/listening/);
  run.child.kill("SIGKILL");
  await run.child.status;
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  assertEquals(health.status, 503);
  const time = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, "time", "--dir", yard.dir],
  }).output();
  const text = new TextDecoder().decode(time.stdout);
  assertMatch(
    text,
    /^deno broke off: its end was not stored \(was coldtrace killed, or the disk full\?\)/,
  );
  // It ends with its stdin.
  await run.child.stdin.close();
  const pid = Number((await new Deno.Command("pgrep", { args: ["-f", `eval.*${port}`] }).output()
    .then(({ stdout }) => new TextDecoder().decode(stdout))).trim());
  Deno.kill(pid, "SIGKILL");
  await Promise.all([run.child.stdout.cancel(), run.child.stderr.cancel()]);
});

Deno.test({
  name: "run on a terminal leaves the engine in the foreground, and Ctrl-C to it",
  ignore: !canMakeTerminal(),
  fn: async () => {
    await using yard = new RunYard();
    const script = `trap 'echo interrupted; exit 5' INT; test -t 1 && echo terminal; read line`;
    const command = [
      Deno.execPath(),
      "run",
      "--quiet",
      "-A",
      MAIN,
      "run",
      "--dir",
      yard.dir,
      "--",
      "sh",
      "-c",
      script,
    ].map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
    const child = new Deno.Command("script", {
      // With "exec", since a shell in between would end of the signal, and not with our code.
      args: ["-qec", `exec ${command}`, "/dev/null"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    let text = "";
    while (!/terminal[^]*stored in .+\r?\n/.test(text)) {
      const { value, done } = await reader.read();
      assert(!done, text);
      text += new TextDecoder().decode(value);
    }
    reader.releaseLock();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\x03"));
    const rest = await restOf(child.stdout);
    assertStringIncludes(rest, "interrupted");
    assertEquals((await child.status).code, 5);
    await writer.close().catch(() => {});
  },
});

// deno-lint-ignore-file no-console -- a program, not a library
/**
 * An engine for tests. Its first argument says what it does; it is told to go on by a line.
 *
 * @module
 */
import { channelOf } from "../../../src/launch/channel.ts";
import { launchEngine } from "../../../src/launch/launch.ts";
import { connectLauncher } from "../../../src/launch/launch.ts";
import type { Launcher } from "../../../src/launch/types.ts";
import { getTracer } from "../../../src/trace/tracer.ts";

const [scenario = "", ...args] = Deno.args;
const tracer = getTracer("test.engine", "1.2.3");

/** Waits for ever; the test ends this process. */
function hang(): Promise<never> {
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}

/** Connects, and ends with the launcher. */
async function connect(): Promise<Launcher> {
  const launcher = await connectLauncher();
  if (!launcher) throw new Error("No launcher");
  launcher.closed.then(() => Deno.exit());
  return launcher;
}

/** Launches this program again, as an engine of this one. */
function launchSelf(name: string, ...args: string[]) {
  const run = ["run", "--no-config", "--no-lock", "--no-prompt"];
  return launchEngine(Deno.execPath(), {
    args: [...run, "--allow-env", "--allow-run", import.meta.filename ?? "", ...args],
    channel: "stdio",
    name,
  });
}

const scenarios: Record<string, () => unknown> = {
  /** Becomes ready and stays. */
  async ready() {
    const boot = tracer.startSpan("boot", { attributes: { "coldtrace.phase": "boot" } });
    const launcher = await connect();
    boot.end();
    tracer.startSpan("load weights", { attributes: { "n.double": 0.5, "n.int": 3 } }).end();
    launcher.ready({ "engine.port": 8000, "engine.name": undefined });
    launcher.ready({ "engine.port": 1 });
  },
  /** Stops in the middle of nested phases; says so in its output. */
  async phases() {
    await connect();
    tracer.startActiveSpan(
      "load weights",
      { attributes: { "coldtrace.phase": "weights" } },
      () => tracer.startActiveSpan("read tensors", () => {}),
    );
    await Deno.stdout.write(new TextEncoder().encode("loading\n"));
    if (args[0] === "exit") Deno.exit(3);
    if (args[0] === "finish") Deno.exit(0);
  },
  /** Is in a phase of its own while its core is in another. */
  async core() {
    const launcher = await connect();
    const wait = tracer.startSpan("wait for core", {
      attributes: { "coldtrace.phase": "import" },
    });
    const core = await launchSelf("engine core", ...args);
    await core.ready.catch(() => Deno.exit(1));
    wait.end();
    launcher.ready();
  },
  /** Three levels: passes on what its core and the core's own child tell. */
  async middle() {
    const launcher = await connect();
    const [level = "0"] = args;
    if (level !== "0") {
      const core = await launchSelf(`level ${level}`, "middle", String(Number(level) - 1));
      await core.ready;
    }
    tracer.startSpan(`work ${level}`).end();
    launcher.ready();
  },
  /** Launches its core before it knows whether somebody is above. */
  async early() {
    const core = await launchSelf("engine core", "ready");
    await core.ready;
    const launcher = await connect();
    launcher.ready();
  },
  /** Writes by all of console, and in pieces. */
  async output() {
    const launcher = await connect();
    console.log("console.log");
    console.info("console.info");
    console.debug("console.debug");
    console.dir("console.dir");
    console.table(["console.table"]);
    console.count("console.count");
    console.time("console.time");
    console.timeEnd("console.time");
    console.group("console.group");
    console.groupEnd();
    console.clear();
    const raw = new TextEncoder().encode('plain\n{"coldtrace": "not ours"}\nno newline');
    await Deno.stdout.write(raw.subarray(0, 3));
    await Deno.stdout.write(raw.subarray(3));
    if (args[0] === "exit") Deno.exit();
    launcher.ready();
  },
  /** Writes output that does not end its line, before it goes on with the protocol. */
  async partial() {
    const launcher = await connect();
    Deno.stdout.writeSync(new TextEncoder().encode("Loading... "));
    tracer.startSpan("load").end();
    Deno.stdout.writeSync(new TextEncoder().encode('100 % {"a":1} {"coldtrace":"x"}'));
    launcher.ready();
  },
  /** Ends its span in its own way when it is told to stop, after its stdin has ended. */
  async graceful() {
    const launcher = await connectLauncher();
    const span = tracer.startSpan("serve");
    Deno.addSignalListener("SIGTERM", async () => {
      await launcher?.closed;
      span.setStatus({ code: 1 }).end();
      Deno.exit();
    });
    launcher?.ready();
    await hang();
  },
  /** Launches a core and stops it when it is told to stop, or before its own start is over. */
  async nested() {
    const launcher = await connect();
    const core = await launchEngine("sh", {
      args: ["-c", "sleep 100 & echo pid=$!; wait"],
      stdout: "piped",
      ready: { line: /never/ },
      ...(args[0] === "timeout" && { startTimeout: 200 }),
    });
    const reader = core.stdout?.getReader();
    const pid = /pid=(\d+)/.exec(new TextDecoder().decode((await reader?.read())?.value))?.[1];
    if (args[0] === "timeout") await core.ready.catch(() => {});
    if (args[0] === "stop") await core.stop();
    launcher.ready({ pid: Number(pid) });
  },
  /** Sends more messages than anybody waits for, and times that cannot be. */
  async flood() {
    const launcher = await connect();
    for (let i = 0; i < 2000; i++) channelOf(launcher).send({ i });
    Deno.stdout.writeSync(
      new TextEncoder().encode('{"coldtrace":"ready","time":"9999999999999999999"}\n'),
    );
  },
  /** Sends what no connected engine would. */
  async garbage() {
    const launcher = await connect();
    const lines = [
      '{"coldtrace":"start","span":{}}',
      '{"coldtrace":"end","span":{"traceId":"x"}}',
      '{"coldtrace":"nonsense"}',
      '{"coldtrace":"hello","pid":-1}',
      '{"coldtrace":"ready","time":"soon"}',
      '{"coldtrace":"core","message":5}',
      '{"coldtrace":"group","pid":1,"alive":true}',
      '{"coldtrace":"start","span":',
      `{"coldtrace":"core","message":{"text":"${"x".repeat(10_000)}"}}`,
    ];
    const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    tracer.startSpan("still heard").end();
    launcher.ready();
  },
  /** Has spans that are too large for a line. */
  async large() {
    const launcher = await connect();
    const span = tracer.startSpan("large", {
      attributes: { small: "kept", big: "x".repeat(5000) },
    });
    span.recordException({ name: "Big", message: "y".repeat(3000), stack: "z".repeat(3000) });
    for (let i = 0; i < 100; i++) span.addEvent(`event ${i}`.padEnd(100, "."));
    span.end();
    launcher.ready({ big: "x".repeat(5000), small: true });
  },
  /** Sends every message back. */
  async echo() {
    const launcher = await connect();
    const channel = channelOf(launcher);
    channel.onMessage((message) => {
      const { text } = message as { text: string };
      channel.send({ length: text.length });
    });
    const refused = await channel.send({ text: "x".repeat(5000) }).catch(String);
    launcher.ready({ refused: String(refused) });
  },
  /** Connects and takes no notice of SIGTERM, nor of its launcher's end. */
  async stubborn() {
    Deno.addSignalListener("SIGTERM", () => {});
    (await connectLauncher())?.ready();
    await hang();
  },
  /** A grandchild that was told of the channel, but is not meant. */
  async grandchild() {
    if (args[0] === "child") {
      const launcher = await connectLauncher();
      console.error(`grandchild ${launcher} ${Deno.env.get("COLDTRACE_CHANNEL")}`);
      return;
    }
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--allow-env", import.meta.filename ?? "", scenario, "child"],
      stderr: "inherit",
      stdin: "inherit",
      stdout: "inherit",
    }).spawn().status;
    if (!success) Deno.exit(4);
    const launcher = await connect();
    launcher.ready();
  },
  /** Tells what it is, where nobody is above. */
  async alone() {
    const launcher = await connectLauncher();
    tracer.startSpan("free").end();
    console.log(String(launcher));
    const rest = await new Response(Deno.stdin.readable).text();
    console.log(rest);
  },
};

await scenarios[scenario]?.();

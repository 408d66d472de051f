import { assertEquals, assertFalse } from "@std/assert";
import { childEnv } from "../../src/launch/_command.ts";
import { rootContext, withSpanContext } from "../../src/trace/context.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const [, traceId = "", spanId = ""] = TRACEPARENT.split("-");
const CONTEXT = withSpanContext(rootContext, { traceId, spanId, traceFlags: 1 });

/** Variables that a host of ours may have inherited, none of which are its child's. */
const INHERITED = {
  TRACEPARENT: "00-11111111111111111111111111111111-1111111111111111-01",
  TRACESTATE: "old=1",
  BAGGAGE: "old=1",
  traceparent: "00-11111111111111111111111111111111-1111111111111111-01",
  tracestate: "old=1",
  baggage: "old=1",
  COLDTRACE_CHANNEL: "stdio:1",
  coldtrace_channel: "stdio:1",
};

/** The environment that a child really gets, launched by a host with these permissions. */
async function environOf(
  flags: string[],
  options: { env?: Record<string, string>; clearEnv?: boolean; channel?: "stdio" } = {},
): Promise<{ child: Record<string, string>; host: number }> {
  const source = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;
  const code = `
    import { launchEngine } from "${source("launch/launch.ts")}";
    import { rootContext, withSpanContext } from "${source("trace/context.ts")}";
    const context = withSpanContext(rootContext, { traceId: "${traceId}", spanId: "${spanId}", traceFlags: 1 });
    const engine = await launchEngine("cat", {
      args: ["/proc/self/environ"], stdout: "piped", context, ...${JSON.stringify(options)},
    });
    const text = await new Response(engine.stdout).text();
    console.log(JSON.stringify([Deno.pid, engine.spans()[0].spanId, text.split("\\0")]));
  `;
  const program = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(program, code);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-prompt", ...flags, program],
    env: INHERITED,
    stderr: "inherit",
  }).output();
  await Deno.remove(program);
  const [host, process, lines] = JSON.parse(new TextDecoder().decode(stdout));
  const entries = lines.filter(Boolean).map((line: string) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  const child = Object.fromEntries(entries);
  assertEquals(child.TRACEPARENT, `00-${traceId}-${process}-01`);
  return { child, host };
}

Deno.test("childEnv() sets the context and keeps what was asked for", () => {
  const { env, clearEnv } = childEnv({ env: { A: "1", ...INHERITED }, clearEnv: true }, CONTEXT);
  assertEquals({ env, clearEnv }, { env: { A: "1", TRACEPARENT }, clearEnv: true });
  const channel = childEnv({ channel: "stdio", clearEnv: true }, CONTEXT);
  assertEquals(channel.env, { TRACEPARENT, COLDTRACE_CHANNEL: `stdio:${Deno.pid}` });
});

Deno.test({
  name: "launchEngine() gives a child its own context, and nothing of an inherited one",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { child } = await environOf(["--allow-run", "--allow-env"], { env: { MINE: "1" } });
    for (const name of Object.keys(INHERITED)) assertEquals(name in child, name === "TRACEPARENT");
    assertEquals([child.MINE, child.PATH], ["1", Deno.env.get("PATH")]);
  },
});

Deno.test({
  name: "launchEngine() tells a child of its own channel only",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { child, host } = await environOf(["--allow-run", "--allow-env"], { channel: "stdio" });
    assertEquals(child.COLDTRACE_CHANNEL, `stdio:${host}`);
    assertFalse("coldtrace_channel" in child);
  },
});

Deno.test({
  name: "launchEngine() gives a child nothing but what it is told to with clearEnv",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const env = { MINE: "1", PATH: Deno.env.get("PATH") ?? "" };
    const { child } = await environOf(["--allow-run"], { env, clearEnv: true });
    assertEquals(Object.keys(child).toSorted(), ["MINE", "PATH", "TRACEPARENT"]);
  },
});

Deno.test({
  name: "launchEngine() overwrites what it may not unset",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const names = Object.keys(INHERITED).join();
    for (const flags of [[], [`--allow-env=${names}`], ["--allow-env", "--deny-env=HOME"]]) {
      const { child } = await environOf(["--allow-run", ...flags]);
      // Who reads the lower-case name first must find the same.
      assertEquals(child.traceparent, child.TRACEPARENT);
      for (const name of ["TRACESTATE", "BAGGAGE", "COLDTRACE_CHANNEL"]) {
        assertEquals([child[name], child[name.toLowerCase()]], ["", ""], `${flags} ${name}`);
      }
      assertEquals(child.PATH, Deno.env.get("PATH"));
    }
  },
});

Deno.test({
  name: "launchEngine() launches and stops with --allow-run for one program, without a prompt",
  ignore: Deno.build.os === "windows",
  async fn() {
    const code = `
      import { launchEngine } from "${new URL("../../src/launch/launch.ts", import.meta.url)}";
      const engine = await launchEngine("sleep", { args: ["100"] });
      console.log((await engine.stop()).signal);
      const net = await launchEngine("sleep", { ready: { url: "http://127.0.0.1:1/" } }).catch(String);
      console.log(net);
      const other = await launchEngine("cat").catch((error) => error.name);
      console.log(other);
    `;
    const program = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(program, code);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--allow-run=sleep", program],
      stderr: "inherit",
    }).output();
    await Deno.remove(program);
    assertEquals(new TextDecoder().decode(stdout).split("\n"), [
      "SIGTERM",
      "NotCapable: Cannot launch engine as 'ready.url' needs --allow-net=127.0.0.1:1: " +
      "current value is http://127.0.0.1:1/",
      "NotCapable",
      "",
    ]);
  },
});

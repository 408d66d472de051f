import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { SpanRecord } from "../../src/trace/record.ts";
import { freePort, RunYard } from "./_run_yard.ts";

/** A server that is ready at once, on the port behind it. */
const SERVER = `
Deno.serve({ port: Number(Deno.args[0]), hostname: "127.0.0.1", onListen() {
  console.log(Deno.env.get("NAME") ?? "first");
} }, () => new Response());
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));
`;

/** An engine that says when it is ready. */
const STARTED = ["sh", "-c", "echo started; exec sleep 1000"];

/** The server, in a folder of its own, so that its command is short. */
function server(yard: RunYard): { command: string[]; options: string[] } {
  const file = `${yard.dir}/server.ts`;
  Deno.writeTextFileSync(file, SERVER);
  const port = freePort();
  return {
    command: [Deno.execPath(), "run", "--no-config", "-A", file, `${port}`],
    options: ["--ready-url", `http://127.0.0.1:${port}/`],
  };
}

async function rootsOf(yard: RunYard): Promise<SpanRecord[]> {
  const roots = (await yard.runs()).map((records) => records.find(({ name }) => name === "start"));
  return roots.filter((root) => root !== undefined);
}

async function valuesOf(yard: RunYard, attribute: string): Promise<unknown[]> {
  return (await rootsOf(yard)).map(({ attributes }) => attributes[attribute]);
}

Deno.test("run --interleave starts commands in turn, each a run with its own label", async () => {
  await using yard = new RunYard();
  const { command, options } = server(yard);
  const other = `B=NAME='in turn' API_KEY=secret-1 "${command.join('" "')}"`;
  const json = `${yard.dir}/all.json`;
  options.push("-n", "2", "--label", "plain", "--interleave", other, "--json", json);
  const { code, stdout, stderr } = await yard.run(command, { options });
  assertEquals([code, stdout], [0, "first\nin turn\n".repeat(2)]);
  const line = (number: number, label: string) =>
    String.raw`${number} of 4: ${label}: deno ready in [\d.]+ m?s\n`;
  const lines = line(1, "plain") + line(2, "B") + line(3, "plain") + line(4, "B");
  const next = `compare them: coldtrace diff plain B --dir ${yard.dir}\n`;
  assertMatch(stderr, new RegExp(`^${lines}${next}$`));
  assertEquals(await valuesOf(yard, "coldtrace.label"), ["plain", "B", "plain", "B"]);
  assertEquals(await valuesOf(yard, "coldtrace.series.number"), [1, 2, 3, 4]);
  assertEquals(await valuesOf(yard, "coldtrace.series.size"), [4, 4, 4, 4]);
  assertEquals(new Set(await valuesOf(yard, "coldtrace.series")).size, 1);
  const variables = await valuesOf(yard, "process.environment_variable.NAME");
  assertEquals(variables, [undefined, "in turn", undefined, "in turn"]);
  const keys = await valuesOf(yard, "process.environment_variable.API_KEY");
  assertEquals(keys[1], "[redacted]");
  assertEquals(JSON.parse(await Deno.readTextFile(json)).length, 4);
});

Deno.test("run -n 1 stops the engine, and --cold without a command is refused", async () => {
  await using yard = new RunYard();
  const { command, options } = server(yard);
  const { code, stderr } = await yard.run(command, { options: [...options, "-n", "1"] });
  assertEquals(code, 0);
  assertMatch(stderr, /^\ndeno ready in /);
  assertEquals(await valuesOf(yard, "coldtrace.series.size"), [1]);
  const refused = await yard.run(command, { options: [...options, "--cold", " "] });
  assertEquals(refused.code, 2);
  assertEquals(refused.stderr, "Cannot run as 'cold' must be a command: current value is ''\n");
});

Deno.test("run -n exits 1 when a start ended well before it was ready", async () => {
  await using yard = new RunYard();
  const { command, options } = server(yard);
  const times = ["-n", "1", "--interleave", "B=true"];
  const { code } = await yard.run(command, { options: [...options, ...times] });
  assertEquals(code, 1);
  // Where nothing is to tell of it, to be executed is all there is.
  assertEquals((await yard.run(["true"], { options: ["-n", "2"] })).code, 0);
});

Deno.test("run --interleave calls the first command A where nobody says", async () => {
  await using yard = new RunYard();
  const options = ["-n", "1", "--interleave", "B=true", "--interleave", "C=true"];
  const { code, stderr } = await yard.run(["true"], { options });
  assertEquals(code, 0);
  assertMatch(stderr, /\ncompare them: coldtrace diff A B --dir .+\ncompare them: .+ diff A C --/);
  assertEquals(await valuesOf(yard, "coldtrace.label"), ["A", "B", "C"]);
});

Deno.test("run --cold runs a command before each start, six times where nobody says", async () => {
  await using yard = new RunYard();
  const cold = `echo cold; cat; echo x >>'${yard.dir}/count'; : --password secret-1`;
  const { code, stdout, stderr } = await yard.run(STARTED, {
    options: ["--cold", cold, "--ready-log", "started"],
  });
  assertEquals([code, stdout], [0, "started\n".repeat(6)]);
  assertMatch(stderr, /^(cold\n\d of 6: sh ready in .+\n){5}cold\n\nsh ready in /);
  assertEquals(await Deno.readTextFile(`${yard.dir}/count`), "x\n".repeat(6));
  const said = cold.replace("secret-1", "[redacted]");
  assertEquals(await valuesOf(yard, "coldtrace.cold"), Array(6).fill(said));
});

Deno.test("run --cold tells its command, and not the engine, which start it is for", async () => {
  await using yard = new RunYard();
  const cold = `echo "for '$COLDTRACE_LABEL'"`;
  const env = { COLDTRACE_LABEL: "ours" };
  const command = ["sh", "-c", "echo $COLDTRACE_LABEL"];
  const options = ["-n", "1", "--cold", cold, "--label", "it's", "--interleave", "B=true"];
  const { stdout, stderr } = await yard.run(command, { options, env });
  assertEquals(stdout, "ours\n");
  assertMatch(stderr, /^for 'it's'\n1 of 2: it's: .+\nfor 'B'\n2 of 2: B: /);
  assertEquals(await valuesOf(yard, "coldtrace.cold"), [cold, cold]);
  const alone = await yard.run(["true"], { options: ["-n", "1", "--cold", cold], env });
  assertMatch(alone.stderr, /^for ''\n/);
});

Deno.test("run --cold that fails ends the series, and what is stored stays", async () => {
  await using yard = new RunYard();
  const cold = `echo x >>'${yard.dir}/count'; test $(wc -l <'${yard.dir}/count') -le 2 || exit 9`;
  const { code, stdout, stderr } = await yard.run(STARTED, {
    options: ["--cold", cold, "--ready-log", "started"],
  });
  assertEquals([code, stdout], [1, "started\n".repeat(2)]);
  assertMatch(stderr, /\nCannot go on as --cold 'echo x .+' exited with code 9\n$/);
  assertEquals((await yard.runs()).length, 2);
});

Deno.test("run --warm throws the first start of each command away", async () => {
  await using yard = new RunYard();
  const { command, options } = server(yard);
  options.push("--warm", "-n", "1", "--interleave", `B=NAME=second ${command.join(" ")}`);
  const { code, stdout, stderr } = await yard.run(command, { options });
  assertEquals([code, stdout], [0, "first\nsecond\n".repeat(2)]);
  assertMatch(stderr, /^warm-up: A: deno ready .+\nwarm-up: B: deno ready .+\n1 of 2: A: /);
  assertEquals(await valuesOf(yard, "coldtrace.warm"), [true, true]);
  assertEquals(await valuesOf(yard, "coldtrace.series.number"), [1, 2]);
});

Deno.test("run --warm sends nothing of what it throws away", async () => {
  await using yard = new RunYard();
  const { stderr } = await yard.run(["true"], {
    options: ["--warm", "-n", "2", "--quiet"],
    env: { OTEL_TRACES_EXPORTER: "console" },
  });
  const spans = stderr.trim().split("\n").map((line) => JSON.parse(line));
  const sent = spans.filter(({ name }) => name === "start").map(({ attributes }) => attributes);
  assertEquals(sent.map((root) => root["coldtrace.series.number"]), [1, 2]);
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 2);
});

Deno.test("run --warm ends the series where a start does not make others warm", async () => {
  await using yard = new RunYard();
  const { code, stderr } = await yard.run(["sh", "-c", "exit 3"], {
    options: ["--warm", "--ready-log", "ready"],
  });
  assertEquals(code, 3);
  assertMatch(stderr, /^warm-up: sh died after .+\nCannot go on as that start was to make others/);
  assertEquals(await yard.runs(), []);
});

Deno.test("run goes on after a start that died, and ends with its exit code", async () => {
  await using yard = new RunYard();
  const options = ["-n", "2", "--ready-log", "started", "--interleave", "B=sh -c 'exit 4'"];
  const { code, stderr } = await yard.run(STARTED, { options });
  assertEquals(code, 4);
  assertMatch(stderr, /1 of 4: A: sh ready .+\n2 of 4: B: sh died .+\n3 of 4: .+\n4 of 4: /);
  assertEquals((await yard.runs()).length, 4);
});

Deno.test("run ends a series by a signal, and what is stored stays", async () => {
  await using yard = new RunYard();
  const count = `${yard.dir}/count`;
  const script = `echo x >>'${count}'; test $(wc -l <'${count}') = 1 && echo ready || echo waiting;
    sleep 1000 & wait`;
  const options = ["-n", "3", "--ready-log", "ready"];
  const run = yard.spawn(["sh", "-c", script], { options });
  await run.says(/waiting/);
  run.child.kill("SIGTERM");
  const { code, stderr } = await run.ended();
  assertEquals(code, 143);
  assertMatch(stderr, /^1 of 3: sh ready .+\n2 of 3: sh died after .+: stopped\n$/);
  assertEquals(await valuesOf(yard, "error.type"), [undefined, "stopped"]);
});

Deno.test("run ends a series by a signal that comes while it makes a start cold", async () => {
  await using yard = new RunYard();
  const run = yard.spawn(["true"], { options: ["--cold", "echo cold; sleep 1000"] });
  assertEquals(await run.tells(/cold\n/), "cold\n");
  run.child.kill("SIGTERM");
  assertEquals(await run.ended(), { code: 143, stdout: "", stderr: "" });
  assertEquals(await yard.runs(), []);
});

Deno.test("run starts no series where something answers in the engine's place", async () => {
  await using yard = new RunYard();
  await using other = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    return new Response();
  });
  const url = `http://127.0.0.1:${other.addr.port}/`;
  const options = ["-n", "2", "--ready-url", url];
  const { code, stderr } = await yard.run(["echo"], { options });
  assertEquals([code, stderr], [
    1,
    `Cannot go on as ${url} answers before the engine is started\n`,
  ]);
});

Deno.test("run refuses a series that makes no sense in one line, and runs nothing", async () => {
  await using yard = new RunYard();
  const cases: [string[], string][] = [
    [["--cold", "true", "--warm"], "'cold' and 'warm' exclude each other: give one of them"],
    [
      ["--interleave", "true"],
      "'interleave' must be NAME=CMD, the name without blanks, commas and slashes: " +
      "current value is true",
    ],
    [["--interleave", "B=true | cat"], "'interleave' must have no '|' that a shell would act upon"],
    [
      ["--interleave", "A=true"],
      "names of commands must differ, and 'label' names the first (default A): " +
      "current value is A, twice",
    ],
  ];
  for (const [options, rule] of cases) {
    const { code, stdout, stderr } = await yard.run(["echo", "ran"], { options });
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `Cannot run as ${rule}`);
    assertEquals(stderr.trim().split("\n").length, 1);
  }
  assertEquals(await yard.runs(), []);
});

Deno.test("run records what tells a start from others", async () => {
  await using yard = new RunYard();
  const said = "container.image.name=example/engine,vcs.ref.head.revision=r1";
  const { command, options } = server(yard);
  const { code } = await yard.run([...command, "--api-key", "secret-1"], {
    options: [...options, "--stop"],
    env: { OTEL_RESOURCE_ATTRIBUTES: said },
  });
  assertEquals(code, 0);
  const { root: { attributes } } = await yard.start();
  assertEquals(attributes["process.command_args"], [...command, "--api-key", "[redacted]"]);
  assertEquals(attributes["host.name"], Deno.hostname());
  assertEquals(attributes["container.image.name"], "example/engine");
  assertEquals(attributes["vcs.ref.head.revision"], "r1");
  assertEquals(attributes["coldtrace.host.cpus"], navigator.hardwareConcurrency);
  assertEquals(attributes["coldtrace.series"], undefined);
  if (Deno.build.os !== "linux") return;
  assert(Number(attributes["coldtrace.disk_read_bytes"]) >= 0);
});

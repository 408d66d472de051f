/** Where a start is stored, and that it goes on where it cannot be. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readRun } from "../../src/runs/reader.ts";
import { coldtrace, type Serve, type ServeOptions, Yard } from "../_serve.ts";

/** Starts it and stops it. */
async function startAndStop(
  yard: Yard,
  options: ServeOptions,
): Promise<{ serve: Serve; stdout: string; warnings: string[] }> {
  await using serve = await yard.serve(options);
  await serve.stdout.match(/^before launch: .+$/m);
  const { code, stdout, stderr } = await serve.stop();
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^Serving .+\n\nllama\.cpp ready in .+, first token after .+\n/);
  return { serve, stdout, warnings: stderr.split("\n").slice(0, -1) };
}

Deno.test("serve writes the trace to a file, too", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  const file = `${dir}/out.jsonl`;
  await Deno.writeTextFile(file, "what was there before\n");
  const { serve, stdout, warnings } = await startAndStop(yard, {
    dir,
    args: ["--trace-out", file],
  });
  assertEquals(warnings, []);
  assertEquals(await Deno.readTextFile(file), await Deno.readTextFile(serve.runs()[0] ?? ""));
  assert(stdout.endsWith(`stored in ${serve.runs()[0]}\nstored in ${file}\n`));
});

Deno.test("serve tells which model, engine and machine it is, and others are not compared", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  const other = `${dir}/other.gguf`;
  await Deno.copyFile(yard.model, other);
  const { serve } = await startAndStop(yard, { dir });
  await startAndStop(yard, { dir, args: ["--model", other] });
  const runs = serve.runs();
  const ids = runs.map((path) => /([^/]+)\.otlp\.jsonl$/.exec(path)?.[1] ?? "");
  const { records } = await readRun(runs[0] ?? "");
  const { attributes = {} } = records.at(-1) ?? {};
  assertEquals(attributes["coldtrace.engine.model"], "coldtrace-bigram.gguf");
  assertEquals(attributes["coldtrace.engine.model_size"], (await Deno.stat(yard.model)).size);
  assertMatch(String(attributes["coldtrace.engine.version"]), /^node-llama-cpp \d/);
  assert("host.arch" in attributes && "coldtrace.host.cpus" in attributes);
  const { code, stderr } = await coldtrace(["diff", ...ids, "--dir", dir]);
  assertEquals(code, 2);
  assertMatch(stderr, /^Cannot diff .+ as 'model' \(coldtrace-bigram\.gguf and other\.gguf\) must/);
});

Deno.test("serve --no-store stores nothing but what --trace-out asks for", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  const file = `${dir}/out.jsonl`;
  const args = ["--no-store", "--trace-out", file];
  const { serve, stdout, warnings } = await startAndStop(yard, { dir, args });
  assertEquals([warnings, serve.runs()], [[], []]);
  // What no store has, has no id.
  assertMatch(stdout, /\nbefore launch: [^\n]+\nstored in \S+out\.jsonl\n$/);
  const { records } = await readRun(file);
  assertEquals(records.at(-1)?.name, "start");
});

Deno.test("serve starts with one warning when its data directory cannot be used", async () => {
  await using yard = await Yard.open();
  const file = `${yard.dir()}/file`;
  await Deno.writeTextFile(file, "");
  const { stdout, warnings } = await startAndStop(yard, { dir: `${file}/data` });
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /^Cannot write to the data directory '.+\/file\/data' as Not a/);
  assertMatch(stdout, /\nbefore launch: [^\n]+\n$/);
});

Deno.test("serve starts with one warning when runs cannot be stored", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  await Deno.writeTextFile(`${dir}/runs`, "not a folder");
  const { stdout, warnings } = await startAndStop(yard, { dir });
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /^Cannot store run '.+' as '.+\/runs' cannot be written: /);
  assertMatch(stdout, /\nbefore launch: [^\n]+\n$/);
});

Deno.test("serve starts with one warning when its model cannot be kept", async () => {
  await using yard = await Yard.open();
  const dir = yard.dir();
  await Deno.remove(`${dir}/models`, { recursive: true });
  await Deno.writeTextFile(`${dir}/models`, "not a folder");
  const TMPDIR = `${dir}/tmp`;
  await Deno.mkdir(TMPDIR);
  const { serve, stdout, warnings } = await startAndStop(yard, { dir, env: { TMPDIR } });
  // Where it was made instead, for this start alone.
  assertEquals([...Deno.readDirSync(TMPDIR)], []);
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0] ?? "", /^Cannot write to the data directory '.+' as .+ is not kept$/);
  assertEquals(serve.runs().length, 1);
  assertMatch(stdout, /\nstored in .+\n$/);
});

Deno.test({
  name: "serve starts with one warning when the disk is full",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using yard = await Yard.open();
    // Not more than some kilobytes to a file: as on a full disk, a later write fails.
    const shell = ["sh", "-c", 'trap "" XFSZ; ulimit -f 6; exec "$@"', "sh"];
    const { serve, stdout, warnings } = await startAndStop(yard, {
      wrap: (command) => [...shell, ...command],
    });
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0] ?? "", /^Cannot store the spans of run '.+' as .+: File too large/);
    assertMatch(stdout, /\nrun \S+\n$/);
    // What could be written stays, without half a line.
    assertEquals((await serve.records())[0]?.name, "prepare");
  },
});

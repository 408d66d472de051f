import { assertEquals } from "@std/assert";
import { readRun } from "../../src/runs/reader.ts";
import { coldtraceCommand, Yard } from "../_serve.ts";
import { freePort, RunYard } from "./_run_yard.ts";

Deno.test("run in front of serve tells the engine's version and the model, as serve does", async () => {
  await using yard = await Yard.open();
  await using runs = new RunYard();
  const port = freePort();
  const dir = yard.dir();
  const serve = ["serve", "--port", `${port}`, "--dir", dir];
  const options = ["--stop", "--ready-url", `http://127.0.0.1:${port}/health`];
  assertEquals((await runs.run(coldtraceCommand(serve), { options })).code, 0);
  const { root } = await runs.start();
  const facts = (attributes: Record<string, unknown>) =>
    ["version", "model", "model_size"].map((name) => attributes[`coldtrace.engine.${name}`]);
  const { records } = await readRun(await servedRun(dir));
  const served = records.find(({ name }) => name === "start");
  assertEquals(facts(root.attributes), facts(served?.attributes ?? {}));
  assertEquals(typeof root.attributes["coldtrace.engine.version"], "string");
});

/** The file of the run that `serve` stored. */
async function servedRun(dir: string): Promise<string> {
  const names = await Array.fromAsync(Deno.readDir(`${dir}/runs`), ({ name }) => name);
  return `${dir}/runs/${names.find((name) => name.endsWith(".jsonl"))}`;
}

import { assertEquals } from "@std/assert";
import { identityOf } from "../../../src/read/comparison/identity.ts";
import { ROOT } from "./_root.ts";
import type { RecordAttributes } from "../../../src/trace/record.ts";

Deno.test("identityOf() reads what is known, in texts, and leaves the host's name out", () => {
  assertEquals(identityOf({ ...ROOT, "coldtrace.vcs.dirty": true, "coldtrace.warm": true }), {
    "model": "m",
    "CPU model": "EPYC",
    "CPUs": "2",
    "memory": "15 GiB",
    "engine": "vLLM",
    "engine version": "0.32.0",
    "git revision": "fe6adcc with changes",
    "caches": "warm",
    "command": '["vllm","serve","m","--dtype","float32","--port=8000"]',
  });
  assertEquals(identityOf({}), {});
});

Deno.test("identityOf() takes the model from the command where the engine tells none", () => {
  const model = (value: string) =>
    identityOf({ "process.command_args": ["engine", "--model", value] }).model;
  assertEquals([model("/models/a.gguf"), model("owner/name")], ["/models/a.gguf", "owner/name"]);
  const command = ["engine", "--model", "/models/a.gguf"];
  const told = { "coldtrace.engine.model": "b", "process.command_args": command };
  assertEquals(identityOf(told).model, "b");
});

Deno.test("identityOf() takes the model from the script of a shell, if that is sure to run it", () => {
  const model = (script: string) =>
    identityOf({ "process.command_args": ["sh", "-c", script] }).model;
  assertEquals(model("cd /x && exec engine --model models/a.gguf"), "models/a.gguf");
  assertEquals(model("engine --model a | tee log"), undefined);
});

Deno.test("identityOf() tells a compile cache that is not known from one that there is not", () => {
  const cache = (attributes: RecordAttributes) => identityOf(attributes)["compile cache"];
  const [eager, told] = ["coldtrace.engine.enforce_eager", "coldtrace.engine.compile_cache"];
  assertEquals(cache({ [eager]: true }), "none");
  assertEquals(cache({ [eager]: false }), "unknown");
  assertEquals(cache({ [eager]: false, [told]: "load failed" }), "load failed");
  assertEquals(cache({}), undefined);
});

Deno.test("identityOf() has no engine where its name is that of a program that nobody knows", () => {
  const engine = (name: string, ...args: string[]) =>
    identityOf({ "coldtrace.engine": name, "process.command_args": args }).engine;
  assertEquals(engine("sh", "/bin/sh", "-c", "exec engine"), undefined);
  assertEquals(engine("vLLM", "vllm", "serve"), "vLLM");
  assertEquals(engine("vLLM"), "vLLM");
});

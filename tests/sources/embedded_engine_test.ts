import { assertEquals } from "@std/assert";
import { embeddedEngineFacts } from "../../src/sources/embedded_engine.ts";
import { rootContext } from "../../src/trace/context.ts";
import { newRecord } from "../../src/trace/new_record.ts";

/** What is told of a start of which a process has these arguments, besides another one. */
function factsOf(...args: string[]) {
  const process = (words: string[]) =>
    newRecord("process", rootContext, {
      scope: { name: "test" },
      attributes: { "process.command_args": words },
    });
  return embeddedEngineFacts([process(["deno", "run", "main.ts", "serve"]), process(args)]);
}

const FOLDER = "npm/registry.npmjs.org/@node-llama-cpp/linux-x64/3.21.1/bins/linux-x64";
const SERVER = ["deno", "run", "https://jsr.io/@coldtrace/coldtrace/0.1.0/src/llama/api_main.ts"];

Deno.test("embeddedEngineFacts() has the version and the model of the API server's command", () => {
  const model = new URL(import.meta.url).pathname;
  assertEquals(factsOf(...SERVER, "--addon", `/cache/${FOLDER}`, "--model", model), {
    "coldtrace.engine.version": "node-llama-cpp 3.21.1",
    "coldtrace.engine.model": "embedded_engine_test.ts",
    "coldtrace.engine.model_size": Deno.statSync(model).size,
  });
  assertEquals(
    factsOf(
      ...SERVER,
      "--addon",
      `C:\\${FOLDER.replaceAll("/", "\\")}`,
      "--model",
      "hf:o/r/m.gguf",
    ),
    {
      "coldtrace.engine.version": "node-llama-cpp 3.21.1",
      "coldtrace.engine.model": "hf:o/r/m.gguf",
    },
  );
});

Deno.test("embeddedEngineFacts() has nothing where no process is the API server", () => {
  assertEquals(factsOf("llama-server", "--model", "/m.gguf"), {});
  assertEquals(factsOf("deno", "run", "my_api_main.ts", "--addon", `/${FOLDER}`), {});
});

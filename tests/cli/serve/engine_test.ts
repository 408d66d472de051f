import { assertEquals, assertMatch } from "@std/assert";
import { identityOf } from "../../../src/cli/serve/engine.ts";
import { parseModelSource } from "../../../src/llama/model/source.ts";
import { rootContext } from "../../../src/trace/context.ts";
import { newRecord } from "../../../src/trace/new_record.ts";

const READ = newRecord("read model config", rootContext, {
  scope: { name: "test" },
  attributes: { "llama.model.file": "a.gguf", "llama.model.size": 12 },
});

function modelOf(source: string | undefined, spans = [READ]): unknown[] {
  const identity = identityOf(source === undefined ? source : parseModelSource(source), spans);
  assertMatch(String(identity["coldtrace.engine.version"]), /^node-llama-cpp \d/);
  return ["model", "model_revision", "model_size"].map((name) =>
    identity[`coldtrace.engine.${name}`]
  );
}

Deno.test("identityOf() names the model by its file, or by where it came from", () => {
  assertEquals(modelOf(undefined), ["a.gguf", undefined, 12]);
  assertEquals(modelOf("/models/a.gguf"), ["a.gguf", undefined, 12]);
  assertEquals(modelOf("hf:owner/name@v2/a.gguf"), ["hf:owner/name/a.gguf", "v2", 12]);
  assertEquals(modelOf("hf:owner/name/a.gguf"), ["hf:owner/name/a.gguf", "main", 12]);
  // Without what may be a signature.
  assertEquals(modelOf("https://example.org/a.gguf?sig=1")[0], "https://example.org/a.gguf");
});

Deno.test("identityOf() says of a start that did not come so far what is known", () => {
  assertEquals(modelOf(undefined, []), [undefined, undefined, undefined]);
});

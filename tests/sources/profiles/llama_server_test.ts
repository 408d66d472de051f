import { assertEquals } from "@std/assert";
import { LLAMA_SERVER } from "../../../src/sources/profiles/llama_server.ts";

function recognise(command: string) {
  return LLAMA_SERVER.recognise(command.split(" "));
}

Deno.test("LLAMA_SERVER.recognise() reads model, address, key and facts from the command", () => {
  assertEquals(
    recognise(
      "/usr/bin/llama-server --jinja -m model.gguf -c 8192 -ngl 99 --host 0.0.0.0 --port 9000 " +
        "-a name --api-key one,two",
    ),
    {
      model: "name",
      host: "0.0.0.0",
      port: 9000,
      tls: false,
      apiKey: "one",
      facts: { "coldtrace.engine.model": "model.gguf", "coldtrace.engine.max_model_len": 8192 },
    },
  );
});

Deno.test("LLAMA_SERVER.recognise() knows its defaults, and no other program", () => {
  assertEquals(recognise("llama-server.exe -hf org/model:Q4_K_M"), {
    model: "org/model:Q4_K_M",
    host: "127.0.0.1",
    port: 8080,
    tls: false,
    facts: { "coldtrace.engine.model": "org/model:Q4_K_M" },
  });
  assertEquals(recognise("llama-cli -m model.gguf"), undefined);
  assertEquals(recognise("python -m llama-server"), undefined);
});

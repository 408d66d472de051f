import { assertEquals } from "@std/assert";
import { SGLANG } from "../../../src/sources/profiles/sglang.ts";

function recognise(command: string) {
  return SGLANG.recognise(command.split(" "));
}

Deno.test("SGLANG.recognise() reads model, address, key and facts from the command", () => {
  assertEquals(
    recognise(
      "python3 -m sglang.launch_server --trust-remote-code --model-path org/model --port 9000 " +
        "--host 0.0.0.0 --tp 2 --dtype=bfloat16 --context-length 8192 --api-key secret " +
        "--served-model-name name --enable-trace",
    ),
    {
      model: "name",
      host: "0.0.0.0",
      port: 9000,
      tls: false,
      apiKey: "secret",
      tracesRequests: true,
      facts: {
        "coldtrace.engine.model": "org/model",
        "coldtrace.engine.dtype": "bfloat16",
        "coldtrace.engine.tensor_parallel_size": 2,
        "coldtrace.engine.max_model_len": 8192,
      },
    },
  );
});

Deno.test("SGLANG.recognise() knows its defaults, and no other program", () => {
  const expected = {
    model: "M",
    host: "127.0.0.1",
    port: 30_000,
    tls: false,
    facts: { "coldtrace.engine.model": "M" },
  };
  assertEquals(recognise("sglang serve --model-path M"), expected);
  assertEquals(recognise("python -m sglang.launch_server --model M"), expected);
  for (const other of ["sglang version", "python -m sglang.bench_serving", "vllm serve M", "env"]) {
    assertEquals(recognise(other), undefined, other);
  }
});

import { assertEquals } from "@std/assert";
import { VLLM } from "../../../src/sources/profiles/vllm.ts";

function recognise(command: string) {
  return VLLM.recognise(command.split(" "));
}

Deno.test("VLLM.recognise() reads model, address and facts from the command", () => {
  const command = "vllm serve --enforce-eager org/model --port 9000 --host 127.0.0.1 -tp 2 " +
    "--load-format dummy --dtype=float32 --max_model_len 128 --served-model-name name";
  assertEquals(recognise(command), {
    model: "name",
    host: "127.0.0.1",
    port: 9000,
    tls: false,
    facts: {
      "coldtrace.engine.model": "org/model",
      "coldtrace.engine.load_format": "dummy",
      "coldtrace.engine.dtype": "float32",
      "coldtrace.engine.tensor_parallel_size": 2,
      "coldtrace.engine.max_model_len": 128,
      "coldtrace.engine.enforce_eager": true,
    },
  });
});

Deno.test("VLLM.recognise() knows its defaults, and its modules", () => {
  const expected = {
    model: "M",
    host: "0.0.0.0",
    port: 8000,
    tls: false,
    facts: { "coldtrace.engine.model": "M" },
  };
  for (
    const command of [
      "vllm serve M",
      "/venv/bin/python -m vllm.entrypoints.openai.api_server --model M",
      "python3 -m vllm.entrypoints.cli.main serve M",
    ]
  ) assertEquals(recognise(command), expected, command);
});

Deno.test("VLLM.recognise() notices where its spans go, so that requests are traced", () => {
  const recognised = recognise("vllm serve M --otlp-traces-endpoint grpc://localhost:4317");
  assertEquals(recognised?.endpoint, "grpc://localhost:4317");
  assertEquals(recognised?.tracesRequests, true);
});

Deno.test("VLLM.recognise() knows no port where the command shows none", () => {
  for (const option of ["--headless", "--uds /run/vllm.sock", "--config vllm.yaml"]) {
    assertEquals(recognise(`vllm serve M ${option}`)?.port, undefined, option);
  }
  assertEquals(recognise("vllm serve M --config vllm.yaml --port 1")?.port, 1);
});

Deno.test("VLLM.recognise() keeps the key of the API out of the facts", () => {
  const recognised = recognise("vllm serve M --api-key secret");
  assertEquals(recognised?.apiKey, "secret");
  assertEquals(JSON.stringify(recognised?.facts).includes("secret"), false);
});

Deno.test("VLLM.recognise() leaves other commands alone", () => {
  for (const command of ["vllm bench startup", "vllm", "python -m http.server", "vllm-serve M"]) {
    assertEquals(recognise(command), undefined, command);
  }
});

Deno.test("VLLM.recognise() knows who is out of reach", () => {
  const ray = recognise("vllm serve M --distributed-executor-backend ray")?.outOfReach;
  assertEquals(ray, "Ray's actors are out of reach: what is waited for there is unattributed");
  for (const option of ["--nnodes 2", "--headless", "--data-parallel-address 10.0.0.1"]) {
    const hosts = recognise(`vllm serve M ${option}`)?.outOfReach;
    assertEquals(hosts?.startsWith("Other hosts are out of reach"), true, option);
  }
  assertEquals(recognise("vllm serve M --nnodes 1")?.outOfReach, undefined);
});

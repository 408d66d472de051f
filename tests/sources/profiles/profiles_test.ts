import { assertEquals } from "@std/assert";
import { baseUrlOf, findEngine, PROFILES } from "../../../src/sources/profiles/profiles.ts";

const find = (command: string, id?: string) => findEngine(command.split(" "), id);
const urlOf = (command: string) => {
  const found = find(command);
  return found && baseUrlOf(found);
};

Deno.test("findEngine() recognises the engine that a command starts", () => {
  for (
    const [command, id] of [
      ["vllm serve M", "vllm"],
      ["/venv/bin/python3 -m vllm.entrypoints.openai.api_server --model M", "vllm"],
      ["sglang serve --model-path M", "sglang"],
      ["llama-server -m M.gguf", "llama-server"],
      ["transformers serve M", "transformers"],
      ["env HF_HUB_OFFLINE=1 nice -n 5 vllm serve M", "vllm"],
    ] as const
  ) {
    assertEquals(find(command)?.profile.id, id, command);
  }
});

Deno.test("findEngine() knows no engine where none is started", () => {
  for (
    const command of [
      "true",
      "vllm bench",
      "vllm serve --help",
      "vllm serve M -h",
      "vllm --version",
    ]
  ) assertEquals(find(command), undefined, command);
  assertEquals(findEngine([]), undefined);
});

Deno.test("findEngine() believes who says which engine it is, and reads the command if it can", () => {
  const wrapped = find("./start.sh --help", "vllm");
  const address = { host: "0.0.0.0", port: 8000 };
  assertEquals([wrapped?.profile.id, wrapped?.recognised], ["vllm", address]);
  assertEquals(find("vllm serve M", "vllm")?.recognised?.model, "M");
  // Another engine's command says nothing of this one.
  const other = find("vllm serve M", "sglang");
  assertEquals([other?.profile.id, other?.recognised.model], ["sglang", undefined]);
  assertEquals(find("vllm serve M", "no-such-engine"), undefined);
});

Deno.test("baseUrlOf() says where an engine is asked", () => {
  for (
    const [command, url] of [
      ["vllm serve M", "http://0.0.0.0:8000"],
      ["vllm serve M --host 127.0.0.1 --port 9000", "http://127.0.0.1:9000"],
      ["vllm serve M --host ::1", "http://[::1]:8000"],
      ["vllm serve M --ssl-certfile cert.pem", "https://0.0.0.0:8000"],
      ["transformers serve M", "http://localhost:8000"],
      // Nobody knows which one it takes.
      ["vllm serve M --port 0", undefined],
      ["vllm serve M --headless", undefined],
    ] as const
  ) assertEquals(urlOf(command), url, command);
});

Deno.test("PROFILES have ids of their own, and ask for a token where they ask for readiness", () => {
  assertEquals(new Set(PROFILES.map(({ id }) => id)).size, PROFILES.length);
  for (const { id, readiness } of PROFILES) {
    assertEquals(readiness?.path.startsWith("/"), true, id);
    assertEquals(JSON.stringify(readiness?.firstToken?.body("M")).includes('"M"'), true, id);
  }
});

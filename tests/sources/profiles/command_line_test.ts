import { assertEquals } from "@std/assert";
import { invocationOf, Options } from "../../../src/sources/profiles/command_line.ts";

function programOf(command: string): string | undefined {
  const invocation = invocationOf(command.split(" "));
  return invocation && [invocation.program, ...invocation.args].join(" ");
}

Deno.test("invocationOf() finds what a command runs behind what it is wrapped in", () => {
  for (
    const command of [
      "vllm serve M --port 1",
      "/opt/venv/bin/vllm serve M --port 1",
      "env A=1 B=2 vllm serve M --port 1",
      "env -u HOME A=1 nice -n 5 vllm serve M --port 1",
      "numactl --cpunodebind=0 -- vllm serve M --port 1",
      "taskset -c 0-3 vllm serve M --port 1",
      "tini -- vllm serve M --port 1",
      "uv run --frozen vllm serve M --port 1",
      "python /opt/venv/bin/vllm serve M --port 1",
      "python3.12 -X importtime -W error /opt/venv/bin/vllm serve M --port 1",
      "nohup setsid stdbuf -o L vllm serve M --port 1",
    ]
  ) assertEquals(programOf(command), "vllm serve M --port 1", command);
});

Deno.test("invocationOf() tells a module from a program", () => {
  assertEquals(invocationOf(["python3", "-I", "-m", "vllm.entrypoints.openai.api_server", "-x"]), {
    program: "vllm.entrypoints.openai.api_server",
    isModule: true,
    args: ["-x"],
  });
  assertEquals(invocationOf(["./server"]), { program: "server", isModule: false, args: [] });
});

Deno.test("invocationOf() knows nothing of code, and of nothing", () => {
  assertEquals(invocationOf(["python", "-c", "import vllm"]), undefined);
  assertEquals(invocationOf(["python"]), undefined);
  assertEquals(invocationOf(["env", "A=1"]), undefined);
  assertEquals(invocationOf([]), undefined);
});

Deno.test("Options reads values as argparse does", () => {
  const args = "M --port 80 --host=::1 --max_model_len 5 --enable-x N --last".split(" ");
  const options = new Options(args, /^--enable-/);
  assertEquals(options.operands, ["M", "N"]);
  assertEquals(options.port("--port"), 80);
  assertEquals(options.get("--nothing", "--host"), "::1");
  assertEquals(options.get("--max-model-len"), "5");
  assertEquals([options.has("--enable-x"), options.has("--last"), options.has("--x")], [
    true,
    true,
    false,
  ]);
});

Deno.test("Options takes no nonsense for a port", () => {
  for (const port of ["65536", "-1", "http", "1.5"]) {
    assertEquals(new Options([`--port=${port}`], /^$/).port("--port"), undefined, port);
  }
});

import { assert, assertEquals } from "@std/assert";
import { commandsIn, invocationOf, Options } from "../../../src/sources/profiles/command_line.ts";

/** Whether one of the commands that may be in a command is this one. */
function holds(command: readonly string[], program: string): boolean {
  return [...commandsIn(command)].some((part) => {
    const invocation = invocationOf(part);
    return invocation && [invocation.program, ...invocation.args].join(" ") === program;
  });
}

Deno.test("commandsIn() finds what a command runs behind what it is wrapped in", () => {
  for (
    const command of [
      "vllm serve M --port 1",
      "/opt/venv/bin/vllm serve M --port 1",
      "env -u HOME A=1 nice -n 5 vllm serve M --port 1",
      "numactl -N 0 -m 0 vllm serve M --port 1",
      "taskset -c 0-3 vllm serve M --port 1",
      "tini -- vllm serve M --port 1",
      "uv run --frozen --with vllm vllm serve M --port 1",
      "opentelemetry-instrument --service_name s vllm serve M --port 1",
      "timeout 100 sudo -u me conda run -n e vllm serve M --port 1",
      "python /opt/venv/bin/vllm serve M --port 1",
      "python3.12 -X importtime -W error /opt/venv/bin/vllm serve M --port 1",
    ]
  ) assert(holds(command.split(" "), "vllm serve M --port 1"), command);
  const script = "export A=1; cd /srv && exec vllm serve 'M' --port 1";
  assert(holds(["bash", "-lc", script], "vllm serve M --port 1"));
  const said = [...commandsIn(["echo", "vllm serve M"])].map((part) => invocationOf(part)?.program);
  assert(!said.includes("vllm"), "a text that no shell reads is no command");
});

Deno.test("invocationOf() reads flags of Python's that are written together", () => {
  const expected = { program: "vllm.main", isModule: true, args: ["serve"] };
  for (
    const flags of [["-m", "vllm.main"], ["-Im", "vllm.main"], ["-mvllm.main"], [
      "-um",
      "vllm.main",
    ]]
  ) {
    assertEquals(invocationOf(["python", ...flags, "serve"]), expected);
  }
  assertEquals(invocationOf(["python", "-Ximporttime", "-Wdefault", "a.py"])?.program, "a.py");
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

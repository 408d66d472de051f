import { assertEquals } from "@std/assert";
import { isTitle, nameOfCommand } from "../../../src/sources/system/proc_name.ts";

Deno.test("nameOfCommand() finds the module or script behind an interpreter", () => {
  const commands: [string, string[]][] = [
    ["vllm", ["/opt/venv/bin/python3.12", "/opt/venv/bin/vllm", "serve", "M"]],
    ["vllm.entrypoints.openai.api_server", ["python", "-m", "vllm.entrypoints.openai.api_server"]],
    ["multiprocessing.spawn", [
      "/opt/venv/bin/python",
      "-c",
      "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)",
      "--multiprocessing-fork",
    ]],
    ["multiprocessing.resource_tracker", [
      "python3",
      "-s",
      "-c",
      "from multiprocessing.resource_tracker import main;main(36)",
    ]],
    ["python3", ["python3", "-c", "print(1)"]],
    ["python3", ["python3"]],
    ["server.js", ["node", "--enable-source-maps", "/srv/server.js", "run"]],
    ["node", ["node", "-e", "1"]],
    ["main.ts", ["/usr/bin/deno", "run", "-A", "src/main.ts"]],
    ["start.sh", ["/bin/bash", "./start.sh"]],
    ["sh", ["/bin/sh", "-c", "lscpu | grep a"]],
    ["bash", ["-bash"]],
    ["ldconfig", ["/sbin/ldconfig", "-p"]],
    ["gcc", ["gcc", "-o", "a", "a.c"]],
  ];
  for (const [name, args] of commands) assertEquals(nameOfCommand(args), name);
});

Deno.test("nameOfCommand() takes the title that a process has set", () => {
  for (const title of ["VLLM::EngineCore", "nginx: master process /usr/sbin/nginx", "ray::IDLE"]) {
    assertEquals(nameOfCommand([title]), title);
  }
});

Deno.test("nameOfCommand() gives nothing when there are no arguments", () => {
  assertEquals(nameOfCommand([]), undefined);
});

Deno.test("isTitle() does not take a program or its arguments for a title", () => {
  for (const args of [[], ["top"], ["/usr/bin/top"], ["/opt/my programs/a"], ["a b", "c"]]) {
    assertEquals(isTitle(args), false);
  }
});

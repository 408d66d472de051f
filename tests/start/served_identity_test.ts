import { assert, assertEquals } from "@std/assert";
import { machine } from "../sources/_machine.ts";

const MAIN = new URL("../testdata/machine/served_main.ts", import.meta.url).href;
/** As the tasks of the project have it, less what does not matter. */
const TASK = ["--allow-run", "--allow-read", "--allow-env"];

async function served(pids: number[], permissions: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-config",
      "--no-lock",
      "--no-prompt",
      ...permissions,
      MAIN,
      ...pids.map(String),
    ],
    stdin: "null",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "servedFacts() has what run tells of the machine, whatever Deno lets it read",
  ignore,
  async fn() {
    const { machine: facts } = await machine(["facts"]);
    for (const permissions of [["-A"], TASK]) {
      const told = await served([Deno.pid, Deno.ppid], permissions);
      for (const name of ["host.arch", "host.cpu.model.name", "coldtrace.host.memory"]) {
        assertEquals(told[name], facts[name], name);
      }
      assert(Number(told["coldtrace.disk_read_bytes"]) >= 0);
    }
  },
});

Deno.test({
  name: "servedFacts() does not say what was read from disk where a process is gone",
  ignore,
  async fn() {
    const { pid, status } = new Deno.Command("true").spawn();
    await status;
    assert(!("coldtrace.disk_read_bytes" in await served([Deno.pid, pid], TASK)));
  },
});

Deno.test("servedFacts() tells what it can where it may run nothing", async () => {
  const told = await served([Deno.pid], []);
  assert("host.arch" in told);
  assert(!("coldtrace.host.memory" in told));
});

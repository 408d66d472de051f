import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Testimony, WitnessProcess } from "../../src/sources/witness.ts";
import { watched } from "./_watch.ts";

const isLinux = Deno.build.os === "linux";
/** The grain of births, and what the first readings of the clock leave open. */
const GRAIN = 50_000_000n;

function processOf({ processes }: Testimony, pid: number): WitnessProcess {
  const [process, ...others] = processes.filter((process) => process.pid === pid);
  assert(process && others.length === 0, `Expected one ${pid} among ${Deno.inspect(processes)}`);
  return process;
}

Deno.test({
  name: "watchProcessTree() tells births, names, parents and deaths of what an engine starts",
  ignore: !isLinux,
  async fn() {
    const { pids, before, after, killed, alive, ended } = await watched("tree");

    assertEquals(alive.missing, undefined);
    const engine = processOf(alive, pids.shell);
    const title = processOf(alive, pids.title);
    const sleep = processOf(alive, pids.sleep);
    assertEquals([engine.parent, title.parent, sleep.parent], [undefined, pids.shell, pids.shell]);
    assertEquals([title.name, sleep.name], ["VLLM::EngineCore", "sleep"]);
    assertEquals([engine.died, title.died, sleep.died], [undefined, undefined, undefined]);
    for (const { born } of [engine, title, sleep]) {
      assert(born !== undefined && born > before - GRAIN && born < after + GRAIN);
    }

    const dead = [pids.shell, pids.title, pids.sleep].map((pid) => processOf(ended, pid));
    for (const { born, died } of dead) assert(died !== undefined && died > (born ?? died));
    const { died: sleepDied } = processOf(ended, pids.sleep);
    const { died: engineDied } = processOf(ended, pids.shell);
    assert(sleepDied !== undefined && engineDied !== undefined && engineDied > sleepDied);
    assert(engineDied > killed);
  },
});

Deno.test({
  name: "watchProcessTree() tells commands without their secrets, and what processes used",
  ignore: !isLinux,
  async fn() {
    const { pids, alive } = await watched("tree");

    const { attributes: engine = {} } = processOf(alive, pids.shell);
    assertMatch(String(engine["process.command"]), /(^|\/)sh$/);
    assert(Array.isArray(engine["process.command_args"]));
    assertEquals(engine["process.command_args"].slice(-2), ["--api-key", "[redacted]"]);
    assert(Number(engine["coldtrace.process.max_rss"]) > 100_000);
    assertEquals(Number(engine["coldtrace.process.cpu_time_ms"]) % 10, 0);
    const { attributes: title = {} } = processOf(alive, pids.title);
    assertEquals(title["process.title"], "VLLM::EngineCore");
    assertEquals(title["process.executable.name"], "cat");
  },
});

Deno.test({
  name: "watchProcessTree() tells what a process used at each look, in the course of time",
  ignore: !isLinux,
  async fn() {
    const { pids, testimony, after } = await watched("busy");

    for (const pid of [pids.busy, pids.sleep]) {
      const { born = 0n, attributes = {}, samples = [] } = processOf(testimony, pid);
      assert(samples.length >= 5);
      const times = samples.map(({ time }) => time);
      assertEquals(times, times.toSorted((a, b) => Number(a - b)));
      assert(times[0] !== undefined && born <= times[0] && (times.at(-1) ?? after) < after);
      for (const { rss } of samples) assert(rss > 100_000 && rss % 4096 === 0, `${rss}`);
      const used = samples.map(({ cpu }) => cpu);
      assertEquals(used, used.toSorted((a, b) => a - b));
      assertEquals(used.at(-1), attributes["coldtrace.process.cpu_time_ms"]);
      assertEquals((used.at(-1) ?? 0) >= 100, pid === pids.busy);
    }
  },
});

Deno.test({
  name: "watchProcessTree() keeps watching a process whose parent has ended",
  ignore: !isLinux,
  async fn() {
    const { pids, testimony } = await watched("orphan");

    assertEquals(processOf(testimony, pids.parent).parent, pids.shell);
    assert(processOf(testimony, pids.parent).died !== undefined);
    assertEquals(processOf(testimony, pids.sleep).parent, pids.parent);
    assertEquals(processOf(testimony, pids.sleep).died, undefined);
  },
});

const hasPython = await new Deno.Command("python3", { args: ["-V"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "watchProcessTree() sees the children of every thread",
  ignore: !isLinux || !hasPython,
  async fn() {
    const { pids, testimony } = await watched("thread");

    assertEquals(processOf(testimony, pids.sleep).parent, pids.python);
  },
});

Deno.test({
  name: "watchProcessTree() says so when a process is gone before it is seen",
  ignore: !isLinux,
  async fn() {
    const { processes, missing } = await watched("gone");

    assertEquals(processes, []);
    assertStringIncludes(missing[0], "was gone before it was seen");
  },
});

Deno.test("watchProcessTree() says so when it may not read /proc", async () => {
  for (const permissions of [[], ["--allow-read"], ["--allow-read", "--allow-run"]]) {
    const { processes, missing } = await watched("own", permissions);
    assertEquals(processes, []);
    assertEquals(missing.length, 1);
    assertStringIncludes(missing[0], isLinux ? "reading /proc takes --allow-all" : "has no /proc");
  }
});

Deno.test("watchProcessTree() does not keep its process alive", async () => {
  const sleep = await watched("idle");

  Deno.kill(sleep, "SIGKILL");
});

import { assert, assertEquals } from "@std/assert";
import { firstMatch, isAlive, isGone } from "./_helpers.ts";

const ENGINE = new URL("../../src/launch/launch.ts", import.meta.url);

/** A program that launches engines and waits for their end. */
function program(script: string, rest = ""): string[] {
  const code = `
    import { launchEngine } from "${ENGINE}";
    await using first = await launchEngine("sleep", { args: ["100"] });
    await using second = await launchEngine("sh", {
      args: ["-c", ${JSON.stringify(script)}],
      gracePeriod: 1000,
    });
    ${rest}
    console.log("pids=" + first.pid + "," + second.pid);
    await Promise.all([first.status, second.status]);
    console.log("went on");
  `;
  return ["eval", "--no-config", code];
}

/** Whether there is a Python to make a terminal with. */
async function hasPython(): Promise<boolean> {
  try {
    return (await new Deno.Command("python3", { args: ["-c", "import pty"] }).output()).success;
  } catch {
    return false;
  }
}

/** Runs a program in a terminal, types Ctrl-C once it has said its pids, and tells how it ended. */
const TERMINAL = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
text = b""
typed = False
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    text += data
    if not typed and b"\\n" in text[text.find(b"pids="):] and b"pids=" in text:
        typed = True
        os.write(fd, b"\\x03")
_, status = os.waitpid(pid, 0)
print(text.decode())
print("signal", os.WTERMSIG(status) if os.WIFSIGNALED(status) else None)
`;

Deno.test({
  name: "launchEngine() forwards Ctrl-C in a terminal, and the program ends by it",
  ignore: !await hasPython(),
  async fn() {
    const { stdout } = await new Deno.Command("python3", {
      args: ["-c", TERMINAL, Deno.execPath(), ...program("exec sleep 100")],
      stderr: "inherit",
    }).output();
    const text = new TextDecoder().decode(stdout);
    const [, first, second] = /pids=(\d+),(\d+)/.exec(text) ?? [];
    assert(first && second, text);
    await isGone(Number(first));
    await isGone(Number(second));
    assert(text.trimEnd().endsWith("signal 2"), text);
    assert(!text.includes("went on"), text);
  },
});

Deno.test("launchEngine() waits for engines that take their time before the program ends", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const host = new Deno.Command(Deno.execPath(), {
      args: program("trap '' INT TERM; while :; do sleep 0.01; done"),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const [, pids = ""] = await firstMatch(host.stdout, /pids=(.*)\n/);
    host.kill(signal);
    assertEquals((await host.status).signal, signal);
    for (const pid of pids.split(",")) assert(!await isAlive(Number(pid)));
    await host.stdout.cancel();
  }
});

Deno.test("launchEngine() leaves a program alone that stops its engines by itself", async () => {
  const stop = `
    const controller = new AbortController();
    const third = await launchEngine("sleep", { args: ["100"], signal: controller.signal });
    Deno.addSignalListener("SIGINT", async () => {
      controller.abort();
      await Promise.all([first.stop(), second.stop(), third.status]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log("stored");
      Deno.exit(5);
    });
  `;
  const host = new Deno.Command(Deno.execPath(), {
    args: program("exec sleep 100", stop),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [, pids = ""] = await firstMatch(host.stdout, /pids=(.*)\n/);
  host.kill("SIGINT");
  await firstMatch(host.stdout, /stored\n/);
  assertEquals((await host.status).code, 5);
  for (const pid of pids.split(",")) assert(!await isAlive(Number(pid)));
  await host.stdout.cancel();
});

Deno.test("launchEngine() listens to no signal any more when its engines have ended", async () => {
  const code = `
    import { launchEngine } from "${ENGINE}";
    await using engine = await launchEngine("sh", { args: ["-c", "exit 0"] });
    await engine.status;
    console.log("over");
    setTimeout(() => {}, 60_000);
  `;
  const host = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", code],
    stdout: "piped",
  }).spawn();
  await firstMatch(host.stdout, /over\n/);
  host.kill("SIGINT");
  assertEquals((await host.status).signal, "SIGINT");
  await host.stdout.cancel();
});

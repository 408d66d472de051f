import { assert, assertEquals } from "@std/assert";
import { canMakeTerminal } from "../_terminal.ts";

const WRAPPER = new URL("../testdata/launch/wrapper.ts", import.meta.url);

interface Ended {
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

function wrap(args: string[], options: Deno.CommandOptions = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: wrapperArgs(args),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // In a session of its own, as the tests may have a terminal.
    detached: true,
    ...options,
  }).spawn();
}

function wrapperArgs(args: string[]): string[] {
  return ["run", "--quiet", "--no-config", "-A", WRAPPER.href, ...args];
}

async function endOf(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

async function ran(...args: string[]): Promise<Ended> {
  return await endOf(wrap(args));
}

function textOf({ stdout }: Ended): string {
  return new TextDecoder().decode(stdout);
}

/** The first line that a child prints; its stdout is read no further. */
async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text.split("\n")[0] ?? "";
}

async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      Deno.kill(pid, "SIGCONT");
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("WrappedProgram passes on every byte in its order", async () => {
  // Each byte value, torn lines, no final newline, and more than a pipe holds.
  const script = `import sys, os
data = bytes(range(256)) * 2000 + b"\\xff\\r\\x1b[31mtorn"
os.write(2, b"err\\x00")
for at in range(0, len(data), 4099): os.write(1, data[at:at + 4099])`;
  const direct = await new Deno.Command("python3", { args: ["-c", script] }).output();
  const { code, stdout, stderr } = await ran("python3", "-c", script);
  assertEquals(code, 0);
  assertEquals(stdout, direct.stdout);
  assertEquals(stderr, "err\0");
});

Deno.test("WrappedProgram waits for a slow reader, and loses nothing when the program has ended", async () => {
  const child = wrap(["sh", "-c", "head -c 120000 /dev/zero; echo end >&2"]);
  const { value } = await child.stderr.getReader().read();
  assertEquals(new TextDecoder().decode(value), "end\n");
  // The program is over, and what it wrote is left: in pipes, and in us.
  let count = 0;
  for await (const chunk of child.stdout) count += chunk.length;
  assertEquals(count, 120_000);
  assertEquals((await child.status).code, 0);
});

Deno.test("WrappedProgram leaves variables as they are, be they Unicode or not", async () => {
  const script = `X=$(printf '\\377'); export X; exec "$@"`;
  const command = ["-c", script, "sh", Deno.execPath(), ...wrapperArgs(["env"])];
  const { stdout } = await new Deno.Command("sh", { args: command, stdin: "null" }).output();
  const at = stdout.findIndex((byte, i) => byte === 0xff && stdout[i - 1] === 0x3d);
  assertEquals(new TextDecoder().decode(stdout.subarray(at - 2, at)), "X=");
});

Deno.test("WrappedProgram hands its stdin to the program", async () => {
  const child = wrap(["sh", "-c", "cat; echo end"], { stdin: "piped" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("a\nb"));
  await writer.close();
  assertEquals(textOf(await endOf(child)), "a\nbend\n");
});

Deno.test("WrappedProgram has the exit code of the program, or 128 + n for a signal", async () => {
  assertEquals((await ran("sh", "-c", "exit 3")).code, 3);
  assertEquals((await ran("sh", "-c", "kill -KILL $$")).code, 137);
  assertEquals((await ran("sh", "-c", "kill -SEGV $$")).code, 139);
});

Deno.test("WrappedProgram throws what Deno throws for what cannot be run", async () => {
  assertEquals((await ran("no-such-program")).stderr, "NotFound\n");
  assertEquals((await ran("/etc/passwd")).stderr, "PermissionDenied\n");
});

Deno.test("WrappedProgram hands on signals, and ends by none of them itself", async () => {
  const script = `trap 'echo usr1' USR1; trap 'echo hup' HUP; trap 'echo int; exit 7' INT
    echo ready; while :; do sleep 0.01; done`;
  const child = wrap(["sh", "-c", script]);
  assertEquals(await firstLine(child), "ready");
  for (const [signal, word] of [["SIGUSR1", "usr1"], ["SIGHUP", "hup"]] as const) {
    child.kill(signal);
    assertEquals(await firstLine(child), word);
  }
  child.kill("SIGINT");
  const { code, stdout } = await endOf(child);
  assertEquals([code, new TextDecoder().decode(stdout)], [7, "int\n"]);
});

Deno.test("WrappedProgram leaves a program alone that does not end by SIGTERM", async () => {
  const script = "trap 'echo no' TERM; echo ready; while :; do sleep 0.01; done";
  const child = wrap(["sh", "-c", script]);
  assertEquals(await firstLine(child), "ready");
  for (let i = 0; i < 2; i++) {
    child.kill("SIGTERM");
    assertEquals(await firstLine(child), "no");
  }
  child.kill("SIGQUIT");
  assertEquals((await endOf(child)).code, 131);
});

Deno.test("WrappedProgram ends the whole group with the program", async () => {
  const { stdout } = await ran("sh", "-c", "sleep 1000 & echo $!");
  await isGone(Number(new TextDecoder().decode(stdout)));
});

Deno.test("WrappedProgram lets the program notice that nobody reads", async () => {
  const child = wrap(["sh", "-c", "yes; kill -0 $$; echo $? >&2"]);
  assertEquals(await firstLine(child), "y");
  await child.stdout.cancel();
  // `yes` ended: by SIGPIPE, or with an error.
  const [status, text] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals(text.split("\n").filter((line) => /^\d+$/.test(line)), ["0"]);
  assertEquals(status.code, 0);
});

Deno.test("WrappedProgram has signals ignored that were, as nohup does", async () => {
  const script = "grep SigIgn /proc/self/status; env | grep a.b=";
  const env = { "a.b": "1" };
  const direct = await new Deno.Command("nohup", {
    args: ["sh", "-c", script],
    env,
    stdin: "null",
  }).output();
  const child = new Deno.Command("nohup", {
    args: [Deno.execPath(), ...wrapperArgs(["sh", "-c", script])],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  });
  const wrapped = await child.output();
  const isHupIgnored = ({ stdout }: { stdout: Uint8Array }) => {
    const [, mask = "0"] = /SigIgn:\s*(\w+)/.exec(new TextDecoder().decode(stdout)) ?? [];
    return (BigInt(`0x${mask}`) & 1n) === 1n;
  };
  assertEquals([isHupIgnored(direct), isHupIgnored(wrapped)], [true, true]);
});

Deno.test("WrappedProgram hands on a signal that was ignored, as the program may listen to it", async () => {
  const program = `import os, signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
print(os.getppid(), flush=True)
signal.pause()`;
  // A job in the background of a shell has SIGINT ignored.
  const script = `"$@" & wait $!`;
  const command = [Deno.execPath(), ...wrapperArgs(["python3", "-c", program])];
  const child = new Deno.Command("sh", {
    args: ["-c", script, "sh", ...command],
    stdin: "null",
    stdout: "piped",
    detached: true,
  }).spawn();
  Deno.kill(Number(await firstLine(child)), "SIGINT");
  assertEquals((await child.status).code, 7);
  await child.stdout.cancel();
});

Deno.test("WrappedProgram shows what is passed on, until nobody wants to see it", async () => {
  const all = await ran("--tap", "sh", "-c", "printf abc; printf de >&2");
  assertEquals([textOf(all), all.stderr], ["abc", "deseen 3 2\n"]);
  const script = "head -c 1000 /dev/zero; read line; head -c 5000 /dev/zero";
  const child = wrap(["--tap", "sh", "-c", script], { stdin: "piped" });
  const reader = child.stdout.getReader();
  for (let count = 0; count < 1000;) count += (await reader.read()).value?.length ?? 1000;
  reader.releaseLock();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("go\n"));
  await writer.close();
  const { stdout, stderr } = await endOf(child);
  assertEquals([stdout.length, stderr], [5000, "seen 1000 0\n"]);
});

Deno.test({
  name: "WrappedProgram leaves the terminal and its foreground to the program",
  ignore: !canMakeTerminal(),
  fn: async () => {
    const script = `test -t 0 && test -t 1 && test -t 2 && echo terminal
      ps -o pgid=,tpgid= -p $$; echo from tty >/dev/tty`;
    const command = [Deno.execPath(), ...wrapperArgs(["sh", "-c", script])]
      .map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", command, "/dev/null"],
      stdin: "null",
    }).output();
    const [first, groups = "", last] = new TextDecoder().decode(stdout).trim().split(/\r?\n/);
    assertEquals([first, last], ["terminal", "from tty"]);
    const [group, foreground] = groups.trim().split(/\s+/);
    assertEquals(group, foreground);
  },
});

Deno.test({
  name: "WrappedProgram leaves the foreground to the program though no stream is a terminal",
  ignore: !canMakeTerminal(),
  fn: async () => {
    const script = "ps -o pgid=,tpgid= -p $$";
    const command = [Deno.execPath(), ...wrapperArgs(["sh", "-c", script])]
      .map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(" ");
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", `(${command}) </dev/null 2>/dev/null | cat`, "/dev/null"],
      stdin: "null",
    }).output();
    const [group, foreground] = new TextDecoder().decode(stdout).trim().split(/\s+/);
    assertEquals(group, foreground);
  },
});

Deno.test({
  name: "WrappedProgram passes on a terminal's output where that is asked for",
  ignore: !canMakeTerminal(),
  fn: async () => {
    const script = "test -t 0 && ! test -t 1 && echo piped";
    const args = wrapperArgs(["--pipe", "sh", "-c", script]).map((arg) => `'${arg}'`);
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", [Deno.execPath(), ...args].join(" "), "/dev/null"],
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "piped");
  },
});

Deno.test("a program outlives its wrapper that is killed, without a reader for its output", async () => {
  const script = "trap '' PIPE; echo $$; read line; echo more; echo $? >&2";
  const child = wrap(["sh", "-c", script], { stdin: "piped", stderr: "inherit" });
  const pid = Number(await firstLine(child));
  child.kill("SIGKILL");
  await child.status;
  assert(pid > 0);
  Deno.kill(pid, "SIGCONT");
  await child.stdin.close();
  await isGone(pid);
  await child.stdout.cancel();
});

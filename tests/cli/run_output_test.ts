/** What passes through `run`: all of it, in order, at the pace of its reader, and forgotten. */
import { assert, assertEquals } from "@std/assert";
import { freePort, RunYard } from "./_run_yard.ts";

/** A program that writes numbered lines to a stream; each stream has its own numbers. */
function linesOf(count: number): string[] {
  const script = `import os, sys
block = []
for n in range(${count}):
    block.append("line %d of the log, as long as lines of logs are\\\\n" % n)
    if len(block) == 997:
        os.write(1 + n % 2, "".join(block).encode())
        block = []
os.write(1, "".join(block).encode())`.replaceAll("\\\\n", "\\n");
  return ["python3", "-c", script];
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}

Deno.test("run loses and reorders nothing of 300,000 lines that are read for a start", async () => {
  await using yard = new RunYard();
  const command = linesOf(300_000);
  const [program = "", ...args] = command;
  const alone = await new Deno.Command(program, { args }).output();
  const options = ["--engine", "vllm", "--quiet", "--probe", "off"];
  const url = `http://127.0.0.1:${freePort()}/`;
  const wrapped = await yard.run(command, { options: [...options, "--ready-url", url] });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(await digest(wrapped.stdout), await digest(text(alone.stdout)));
  assertEquals(await digest(wrapped.stderr), await digest(text(alone.stderr)));
});

/** The resident memory of a process, in MiB, as Linux tells it. */
async function memoryOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/status`] }).output();
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(kib) / 1024;
}

Deno.test({
  name: "run holds nothing of what a chatty engine writes once it is ready",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using yard = new RunYard();
    const options = ["--ready-log", "^ready$", "--quiet"];
    const run = yard.spawn(["sh", "-c", "echo ready; exec yes 'a line of the log'"], { options });
    const reader = run.child.stdout.getReader();
    const { pid } = run.child;
    const read = async (mebibytes: number) => {
      for (let count = 0; count < mebibytes * 2 ** 20;) {
        count += (await reader.read()).value?.length ?? 0;
      }
    };
    await read(50);
    const before = await memoryOf(pid);
    await read(400);
    const after = await memoryOf(pid);
    assert(before > 0 && after < before + 30, `${before} MiB became ${after} MiB`);
    reader.releaseLock();
    await run.child.stdout.cancel();
    await Promise.all([run.child.status, run.child.stderr.cancel()]);
  },
});

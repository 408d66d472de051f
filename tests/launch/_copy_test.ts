import { assert, assertEquals } from "@std/assert";

const MAIN = new URL("../testdata/launch/copy_main.ts", import.meta.url).href;
const ARGS = ["run", "--quiet", "--no-config", "-A", MAIN];
const decoder = new TextDecoder();

function copy(scenario: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...ARGS, scenario],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function numbered(lines: number): string {
  return Array.from({ length: lines }, (_, line) => `line ${line}\n`).join("");
}

async function copied(scenario: string): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await copy(scenario).output();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test("OutputCopy passes on each stream, and its tap sees all of both", async () => {
  const { stdout, stderr } = await copied("both");
  assertEquals(stdout, numbered(20_000));
  const seen = JSON.stringify({ stdout: stdout.length, stderr: numbered(10).length });
  assertEquals(stderr, `${numbered(10)}${seen}\n`);
});

Deno.test("OutputCopy passes on what nobody looks at any more", async () => {
  assertEquals(await copied("untap"), { stdout: numbered(3), stderr: "1\n" });
});

Deno.test("OutputCopy reads no faster than it is read, and stops where nobody reads", async () => {
  const child = copy("endless");
  const reader = child.stdout.getReader();
  let read = 0;
  while (read < 1_000_000) read += (await reader.read()).value?.length ?? 0;
  await reader.cancel();
  const given = Number(await new Response(child.stderr).text());
  await child.status;
  // A pipe holds 64 KiB, and what is passed on at once is as much; and so with our own reader.
  assert(read <= given && given < read + 500_000, `${given} for ${read}`);
});

Deno.test("OutputCopy goes on where somebody made our stream non-blocking", async () => {
  const script = `import fcntl, os, sys
fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_NONBLOCK)
os.execv(sys.argv[1], sys.argv[1:])`;
  const child = new Deno.Command("python3", {
    args: ["-c", script, Deno.execPath(), ...ARGS, "both"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // By the time that stderr is through, the pipe of stdout is full.
  const stderr = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("line 9\n")) text += (await stderr.read()).value;
  const stdout = await new Response(child.stdout).text();
  for (let part = await stderr.read(); !part.done; part = await stderr.read()) text += part.value;
  const { success } = await child.status;
  assertEquals(stdout, numbered(20_000));
  assertEquals([success, JSON.parse(text.split("\n").at(-2) ?? "").stdout], [true, stdout.length]);
});

Deno.test("OutputCopy does not wait for ever for a pipe that somebody else holds open", async () => {
  assertEquals(await copied("open"), { stdout: "", stderr: "given up\n" });
});

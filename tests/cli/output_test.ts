import { assert, assertEquals } from "@std/assert";

const OUTPUT = new URL("../../src/cli/output.ts", import.meta.url).href;

/** A child that prints more than a pipe holds, then says on stderr that it got there. */
function spawnPrinter(): Deno.ChildProcess {
  const code = `import { print, printError } from "${OUTPUT}";
    print("x".repeat(1_000_000) + "\\n");
    print("more\\n");
    printError("done\\n");`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

Deno.test("print() writes everything when its reader is slower", async () => {
  const { code, stdout } = await spawnPrinter().output();
  assertEquals([code, stdout.length], [0, 1_000_006]);
});

Deno.test("print() is silent when its reader goes away", async () => {
  const child = spawnPrinter();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assert(value !== undefined && value.length > 0);
  await reader.cancel();
  const [stderr, { code }] = await Promise.all([new Response(child.stderr).text(), child.status]);
  assertEquals([code, stderr], [0, "done\n"]);
});

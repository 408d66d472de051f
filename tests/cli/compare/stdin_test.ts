import { assertEquals } from "@std/assert";

const MODULE = new URL("../../../src/cli/compare/stdin.ts", import.meta.url).href;

/** What a process prints that does this with its standard input. */
async function printed(code: string, input: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { PeekedStdin } from "${MODULE}"; const stdin = new PeekedStdin(); ${code}`,
    ],
    stdin: "piped",
    stdout: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

const PEEK = "const first = new TextDecoder().decode(await stdin.peek(4));";

Deno.test("text() has all of standard input when its beginning was looked at", async () => {
  const code = `${PEEK} console.log(JSON.stringify([first, (await stdin.text()).length]));`;
  assertEquals(await printed(code, "abcdef".repeat(50_000)), '["abcd",300000]');
  assertEquals(await printed(code, "ab"), '["ab",2]');
  assertEquals(await printed(code, ""), '["",0]');
});

Deno.test("read() gives what was looked at first, in pieces as small as one likes", async () => {
  const code = `${PEEK} const all = []; const buffer = new Uint8Array(3);
    for (let size; (size = await stdin.read(buffer)) !== null;) {
      all.push(new TextDecoder().decode(buffer.subarray(0, size)));
    }
    console.log(all[0], all.join(""));`;
  assertEquals(await printed(code, "abcdefgh"), "abc abcdefgh");
});

import { assertEquals } from "@std/assert";
import { inQuotes, shellWord } from "../../src/read/shell.ts";

/** What a shell makes of words. */
function readByShell(words: string): string[] {
  const { stdout } = new Deno.Command("sh", {
    args: ["-c", `for word in ${words}; do printf '%s\\0' "$word"; done`],
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

const WORDS = ["vllm", "--model=a/b", "", "a b", "it's", "$HOME", "`id`", "*", "a\nb", "\\", '"'];

Deno.test("shellWord() is read by a shell as it was", () => {
  assertEquals(readByShell(WORDS.map(shellWord).join(" ")), WORDS);
});

Deno.test("shellWord() leaves what is plain as it is", () => {
  assertEquals(shellWord("--load-format=dummy"), "--load-format=dummy");
  assertEquals(shellWord("a b"), "'a b'");
});

Deno.test("inQuotes() is read by a shell as it was, whatever is in it", () => {
  assertEquals(inQuotes("plain"), "'plain'");
  assertEquals(readByShell(WORDS.map(inQuotes).join(" ")), WORDS);
});

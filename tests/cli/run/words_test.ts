import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../../../src/cli/args.ts";
import { shellWords } from "../../../src/cli/run/words.ts";

function words(text: string): readonly string[] {
  return shellWords(text, "interleave").command;
}

Deno.test("shellWords() takes quotes and backslashes away", () => {
  const cases: Record<string, string[]> = {
    "vllm serve M --port 8000": ["vllm", "serve", "M", "--port", "8000"],
    "  a\tb  ": ["a", "b"],
    "\n  a\n  ": ["a"],
    "a \\\t": ["a", "\t"],
    "a\u00a0b": ["a\u00a0b"],
    "sh -c 'a | b; c'": ["sh", "-c", "a | b; c"],
    [String.raw`a 'it'\''s' "b \"c\" \\ \$d \e"`]: ["a", "it's", String.raw`b "c" \ $d \e`],
    [String.raw`a\ b\|c x"y"'z'`]: ["a b|c", "xyz"],
    "a '' \"\" b": ["a", "", "", "b"],
    "a \\\n  --b x\\\ny": ["a", "--b", "xy"],
    "a --json='{\"b\":[1]}' b#c x~ é": ["a", '--json={"b":[1]}', "b#c", "x~", "é"],
  };
  for (const [text, expected] of Object.entries(cases)) assertEquals(words(text), expected);
});

Deno.test("shellWords() has assignments before the program set its variables", () => {
  assertEquals(shellWords(`A=1 B='x y' _c= ./serve D=2`, "interleave"), {
    env: { A: "1", B: "x y", _c: "" },
    command: ["./serve", "D=2"],
  });
  // A name that is quoted is none, nor is one that begins with a number.
  assertEquals(words("'A'=1 b"), ["A=1", "b"]);
  assertEquals(words("1A=1 b"), ["1A=1", "b"]);
});

Deno.test("shellWords() throws in one line where a shell would do more", () => {
  const specials: Record<string, string> = {
    "a | b": "|",
    "a; b": ";",
    "a & b": "&",
    "a >b": ">",
    "a 2>&1": ">",
    "a <b": "<",
    "a $B": "$",
    'a "x $B"': "$",
    "a `b`": "`",
    'a "`b`"': "`",
    "(a)": "(",
    "a *.ts": "*",
    "a ?": "?",
    "a [b]": "[",
    "~/a": "~",
    "A=~/b c": "~",
    "a # b": "#",
    "a \\": "\\",
  };
  for (const [text, special] of Object.entries(specials)) {
    const { message } = assertThrows(() => words(text), UsageError);
    assertEquals(
      message,
      `Cannot run as 'interleave' must have no '${special}' that a shell would act upon: ` +
        `quote it, or use sh -c '...'`,
    );
  }
  assertThrows(() => words("a\nb"), UsageError, "must have no line break that a shell");
  for (const text of ["a 'b", 'a "b', `a "b'`]) {
    assertThrows(() => words(text), UsageError, "must end its quotations: ");
  }
  for (const text of ["", "  ", "A=1", "''"]) {
    assertThrows(() => words(text), UsageError, "must have a program to run");
  }
});

Deno.test({
  name: "shellWords() splits as the system's shell does, whatever is quoted",
  ignore: Deno.build.os === "windows",
  fn: () => {
    const quotings: ((text: string) => string)[] = [
      (text) => `'${text.replaceAll("'", "'\\''")}'`,
      (text) => `"${text.replaceAll(/["\\$`]/g, "\\$&")}"`,
      (text) => text.replaceAll(/[^]/g, (c) => c === "\n" ? "'\n'" : `\\${c}`) || "''",
    ];
    const characters = fc.constantFrom(..."ab =|;&$`\"'\\*?[~#\n\t-é");
    const text = fc.string({ unit: characters, maxLength: 8 });
    const word = fc.tuple(text, fc.constantFrom(...quotings)).map(([text, quote]) => quote(text));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (list) => {
        const source = ["printf", "'%s\\0'", ...list].join(" ");
        const { stdout } = new Deno.Command("sh", { args: ["-c", source] }).outputSync();
        const printed = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
        // It prints an empty one where there is none.
        assertEquals(words(source).slice(2), list.length === 0 ? [] : printed);
      }),
      { numRuns: 50 },
    );
  },
});

import { assertEquals } from "@std/assert";
import { nearest } from "../../src/cli/nearest.ts";

const VERBS = ["serve", "time", "export", "help"];

Deno.test("nearest() finds what was mistyped", () => {
  const typed: [string, string][] = [
    ["tiem", "time"],
    ["times", "time"],
    ["sreve", "serve"],
    ["xport", "export"],
    ["hepl", "help"],
  ];
  for (const [word, meant] of typed) assertEquals(nearest(word, VERBS), meant, word);
});

Deno.test("nearest() finds what a word begins", () => {
  assertEquals(nearest("--ctx", ["--model", "--ctx-size"]), "--ctx-size");
});

Deno.test("nearest() finds nothing when all are far", () => {
  for (const word of ["", "x", "quantum", "xyz"]) assertEquals(nearest(word, VERBS), undefined);
});

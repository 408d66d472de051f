import { assert, assertEquals, assertFalse } from "@std/assert";
import { AnswerText } from "../../../src/llama/core/text.ts";

/** A vocabulary of single bytes: token and byte are the same number. */
function bytes(tokens: number[]): string {
  return new TextDecoder().decode(Uint8Array.from(tokens));
}

function tokensOf(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function pushAll(answer: AnswerText, tokens: number[]): string[] {
  return tokens.map((token) => answer.push(token));
}

Deno.test("AnswerText.push() gives each token's text when it is whole", () => {
  const answer = new AnswerText(bytes, []);
  assertEquals(pushAll(answer, tokensOf("abc")), ["a", "b", "c"]);
  assertEquals(answer.end(), "");
});

Deno.test("AnswerText.push() holds the first bytes of a character back", () => {
  const answer = new AnswerText(bytes, []);
  assertEquals(pushAll(answer, tokensOf("é😀!")), ["", "é", "", "", "", "😀", "!"]);
});

Deno.test("AnswerText.push() holds no more than four tokens back when a character never comes", () => {
  const answer = new AnswerText(bytes, []);
  assertEquals(pushAll(answer, [0x80, 0x80, 0x80, 0x80, 0x41]), [
    "",
    "",
    "",
    "\uFFFD".repeat(4),
    "A",
  ]);
});

Deno.test("AnswerText.end() gives what was held back", () => {
  const answer = new AnswerText(bytes, []);
  assertEquals(pushAll(answer, [0x41, 0xc3]), ["A", ""]);
  assertEquals(answer.end(), "\uFFFD");
  assertEquals(answer.end(), "");
});

Deno.test("AnswerText.push() keeps the space of a first token when the vocabulary drops it", () => {
  const words = ["▁Hello", "▁world", "!"];
  const detokenize = (tokens: number[]) =>
    tokens.map((token) => words[token]).join("").replaceAll("▁", " ").replace(/^ /, "");
  const answer = new AnswerText(detokenize, [], 0);
  assertEquals(pushAll(answer, [1, 2]), [" world", "!"]);
});

Deno.test("AnswerText.push() cuts at a stop string that lies across tokens", () => {
  const answer = new AnswerText(bytes, ["END", "\n\n"]);
  assertEquals(pushAll(answer, tokensOf("aENb")).join(""), "aENb");
  assertFalse(answer.stopped);
  assertEquals(pushAll(answer, tokensOf("cEND")).join(""), "c");
  assert(answer.stopped);
  assertEquals(answer.push(0x41), "");
  assertEquals(answer.end(), "");
});

Deno.test("AnswerText.push() holds back what may become a stop string, and no more", () => {
  const answer = new AnswerText(bytes, ["aab"]);
  assertEquals(pushAll(answer, tokensOf("xaaab")), ["x", "", "", "a", ""]);
  assert(answer.stopped);
});

Deno.test("AnswerText.push() cuts at the first of several stop strings in one token", () => {
  const answer = new AnswerText(() => "one two three", ["three", "two", ""]);
  assertEquals(answer.push(0), "one ");
  assert(answer.stopped);
});

Deno.test("AnswerText.end() gives the beginning of a stop string that never came", () => {
  const answer = new AnswerText(bytes, ["END"]);
  assertEquals(pushAll(answer, tokensOf("aEN")).join(""), "a");
  assertEquals(answer.end(), "EN");
});

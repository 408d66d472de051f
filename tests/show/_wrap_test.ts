import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { widthOf } from "../../src/show/width.ts";
import { wrap } from "../../src/show/_wrap.ts";

Deno.test("wrap() breaks between words, and within one only where it is longer than a line", () => {
  assertEquals(wrap("one two three", 7), ["one two", "three"]);
  assertEquals(wrap("one two three", 7, "  "), ["one two", "  three"]);
  assertEquals(wrap("one abcdefghij k", 7, "  "), ["one", "  abcde", "  fghij", "  k"]);
  assertEquals(wrap("  ", 7), []);
});

Deno.test("wrap() loses nothing and keeps to the width, whatever the text", () => {
  fc.assert(fc.property(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.integer({ min: 6, max: 20 }),
    (text, width) => {
      const lines = wrap(text, width, "  ");
      for (const line of lines) assert(widthOf(line) <= width, line);
      const words = (some: string) => some.replace(/[\s\p{C}\u{fffd}]/gu, "");
      assertEquals(words(lines.join("")), words(text));
    },
  ));
});

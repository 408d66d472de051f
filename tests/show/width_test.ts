import { assertEquals } from "@std/assert";
import { cut, printable, widthOf } from "../../src/show/width.ts";

Deno.test("widthOf() counts columns, not characters", () => {
  const widths: [string, number][] = [
    ["load weights", 12],
    ["über", 4],
    ["u\u0308ber", 4],
    ["加载权重", 8],
    ["ｆｕｌｌ", 8],
    ["한국어", 6],
    ["🚀", 2],
    ["\u200b", 0],
    ["…", 1],
  ];
  for (const [text, width] of widths) assertEquals(widthOf(text), width, text);
});

Deno.test("cut() shortens what is too long with an ellipsis", () => {
  assertEquals(cut("load weights", 12), "load weights");
  assertEquals(cut("load weights", 11), "load weigh…");
  assertEquals(cut("load weights", 6), "load…");
});

Deno.test("cut() never exceeds the width when characters are wide", () => {
  assertEquals(cut("加载权重", 6), "加载…");
  assertEquals(cut("加载权重", 5), "加载…");
  assertEquals(widthOf(cut("加载权重", 4)), 3);
});

Deno.test("printable() replaces what a terminal would obey", () => {
  assertEquals(printable("a\x1b[31mb\nc\u202ed\x9be"), "a\ufffd[31mb\ufffdc\ufffdd\ufffde");
  assertEquals(printable("加载 🚀"), "加载 🚀");
});

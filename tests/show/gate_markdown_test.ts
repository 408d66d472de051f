import { assert, assertEquals, assertMatch } from "@std/assert";
import { gateMarkdown } from "../../src/show/gate_markdown.ts";
import { gated } from "./_compared.ts";

const A = { name: "base", phases: { "W/load": 3, "W/import": 9 } };

Deno.test("gateMarkdown() has the outcome, the total, what is not the same, and all rows", () => {
  const b = { name: "a|b<c>", phases: { "W/load": 5, "W/kv_cache": 9 } };
  const text = gateMarkdown(gated(A, b, 7, [{ name: "load", more: { share: 0.1 } }]));
  const [title, , sentence] = text.split("\n");
  assertMatch(title ?? "", /^### gate: regressed \(/);
  assertMatch(sentence ?? "", /^total .+, n = 6 \+ 6$/);
  // Names cannot break out of cells, and are no HTML.
  assert(text.includes("a\\|b&lt;c>"));
  assert(text.includes("kv\\_cache (W)"));
  assertMatch(text, /^\| load \| .+ \| exceeded \|$/m);
  assertMatch(text, /<details><summary>All \d+ rows<\/summary>\n\n\|/);
  for (const table of text.matchAll(/(?:^\|.+\n)+/gm)) {
    const columns = table[0].trimEnd().split("\n").map((line) => line.split(/(?<!\\)\|/).length);
    assertEquals(new Set(columns).size, 1);
  }
});

Deno.test("gateMarkdown() gives the reason when there is no verdict", () => {
  const { judgement, differences } = gated(A, { ...A, name: "new" }, 4);
  const text = gateMarkdown({ judgement, differences });
  assertMatch(text, /^### gate: inconclusive \(no verdict can be given\)$/m);
  assertMatch(text, /^No verdict: of 3 \+ 3 runs/m);
});

Deno.test("gateMarkdown() says what is not known, and so not compared", () => {
  const base = { ...A, identity: { "compile cache": "hit" } };
  const text = gateMarkdown(gated(base, { ...A, name: "new" }, 7));
  assertMatch(text, /^Not known of new, and so not compared: compile cache$/m);
});

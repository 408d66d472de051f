import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Row } from "../../../src/read/rows.ts";
import { tableHtml } from "../../../src/show/plot/table.ts";
import { stored } from "../_starts.ts";

Deno.test("tableHtml() has all rows of a start and the total", () => {
  const [start, rows] = stored("ready");
  const html = tableHtml(start, rows);
  assertEquals(html.match(/<tr>/g)?.length, rows.length + 2);
  assertMatch(html, /<tfoot>.*116\.0 ms.*100\.0 %[^]*until ready/);
});

Deno.test("tableHtml() escapes names, and says what a large row consists of", () => {
  const [start] = stored("died");
  const row: Row = {
    name: "<b>",
    phase: "<b>",
    process: `"p"`,
    attributed: true,
    start: 0n,
    ns: 1_000_000n,
    share: 100,
    parts: [{ name: "<i>", ns: 900_000n }, { name: "x", ns: 100_000n }],
  };
  const html = tableHtml(start, [row]);
  assert(!/<b>|<i>/.test(html));
  assertMatch(html, /data-find="&lt;b&gt; &quot;p&quot;"/);
  assertMatch(html, /<small>&lt;i&gt; 0\.9 ms · x 0\.1 ms<\/small>/);
  assertMatch(html, /until it ended/);
});

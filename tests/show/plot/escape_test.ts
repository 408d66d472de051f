import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { escapeHtml, escapeJson } from "../../../src/show/plot/escape.ts";

Deno.test("escapeHtml() leaves nothing that HTML obeys", () => {
  assertEquals(
    escapeHtml(`</b><i a="x" b='y'>&amp;\u202e`),
    "&lt;/b&gt;&lt;i a=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;\u{fffd}",
  );
});

Deno.test("escapeJson() means the same and has nothing that ends a script", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const value = { [text]: [`</script><!--${text}\u2028\u2029]]>`, 1, null] };
    const json = escapeJson(value);
    assert(!/[<>&\u2028\u2029]/.test(json));
    assertEquals(JSON.parse(json), JSON.parse(JSON.stringify(value)));
  }));
});

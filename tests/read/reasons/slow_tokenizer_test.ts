import { assertEquals } from "@std/assert";
import { slowTokenizer } from "../../../src/read/reasons/slow_tokenizer.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("slowTokenizer() takes vLLM's warning and the tokenizer's time (sketched by its words)", () => {
  const spans = [{ id: "1", name: "tokenizer", phase: "tokenizer", start: 10, end: 70 }];
  const log = {
    70: "(APIServer pid=1) WARNING 11-23 10:35:24 [registry.py:274] Using a slow tokenizer. This " +
      "might cause a significant slowdown. Consider using a fast tokenizer instead.",
  };
  assertEquals(slowTokenizer(sketched({ ready: 100, spans, log }))?.evidence, [
    "it wrote: Using a slow tokenizer. This might cause a significant slowdown. Consider using a " +
    "fast tokenizer instead.",
  ]);
  assertEquals(slowTokenizer(sketched({ ready: 100, spans })), undefined);
  assertEquals(slowTokenizer(sketched({ ready: 100, log })), undefined);
});

Deno.test("slowTokenizer() finds nothing in a recorded start with a fast one", async () => {
  assertEquals(slowTokenizer(await recorded("tp2")), undefined);
});

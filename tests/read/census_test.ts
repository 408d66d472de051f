import { assertEquals } from "@std/assert";
import { censusOf } from "../../src/read/census.ts";
import { readStart } from "../../src/read/start.ts";
import { processResource, span } from "./_spans.ts";

Deno.test("censusOf() counts spans, processes and sources, the root included", () => {
  const root = { id: "r", start: 0, end: 9, attributes: { "coldtrace.engine": "test" } };
  const probe = { "coldtrace.source": "probe" };
  const start = readStart([
    span(root),
    span({ id: "a", start: 1, end: 2, parent: "r", attributes: probe }),
    span({
      id: "b",
      start: 1,
      end: 2,
      parent: "r",
      attributes: probe,
      resource: processResource("engine core"),
    }),
  ]);
  const { spans, processes, sources } = censusOf(start);
  assertEquals([spans, processes], [3, 2]);
  assertEquals([...sources], [["probe", 2], ["tracer", 1]]);
});

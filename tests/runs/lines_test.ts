import { assertEquals } from "@std/assert";
import { decodeTraces } from "../../src/otlp/json.ts";
import { runLines } from "../../src/runs/lines.ts";
import { spanRecord } from "./_span.ts";

Deno.test("runLines() writes lines of at most a thousand spans", () => {
  const records = Array.from({ length: 2500 }, (_, i) => spanRecord(i));
  const lines = runLines(records);
  assertEquals(lines.map((line) => decodeTraces(line).length), [1000, 1000, 500]);
  assertEquals(lines.flatMap((line) => decodeTraces(line)), records);
  assertEquals(lines.every((line) => line.indexOf("\n") === line.length - 1), true);
  assertEquals(runLines([]), []);
});

import { decodeTraces } from "../../src/otlp/json.ts";
import { type Row, rows } from "../../src/read/rows.ts";
import { readStart, type Start } from "../../src/read/start.ts";

/** The stored starts among the test data. */
export type Stored = "ready" | "died" | "killed" | "vllm";

/** Reads a start from the test data. */
export function stored(name: Stored): [Start, Row[]] {
  const url = new URL(`../testdata/starts/${name}.otlp.jsonl`, import.meta.url);
  const lines = Deno.readTextFileSync(url).trimEnd().split("\n");
  const start = readStart(lines.flatMap((line) => decodeTraces(line)));
  return [start, rows(start)];
}

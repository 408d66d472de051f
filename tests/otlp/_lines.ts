import { decodeTraces } from "../../src/otlp/json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

const STARTS = new URL("../testdata/starts/", import.meta.url);

/** What comes of a line that is read as JSON first, since a blank is not how it is written. */
export function parsed(line: string): SpanRecord[] | "an error" {
  try {
    return decodeTraces(` ${line}`);
  } catch {
    return "an error";
  }
}

/** The lines of stored starts. */
export function storedLines(): string[] {
  return [...Deno.readDirSync(STARTS)].filter(({ name }) => name.endsWith(".jsonl"))
    .flatMap(({ name }) => Deno.readTextFileSync(new URL(name, STARTS)).trimEnd().split("\n"));
}

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { pieceOf } from "../../src/otlp/_cursor.ts";
import { Scan } from "../../src/otlp/_scan.ts";
import { encodeTraces } from "../../src/otlp/json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { random } from "../read/_spans.ts";
import { capturedBodies } from "./_captures.ts";
import { parsed, storedLines } from "./_lines.ts";
import { recordArbitraries } from "./_records.ts";

const RUNS = { seed: 20261128, numRuns: 300 };

function scan(line: string): SpanRecord[] | undefined {
  const scan = new Scan(new Map());
  const bytes = new TextEncoder().encode(line);
  return scan.read(pieceOf(bytes), true) === undefined ? undefined : scan.records;
}

Deno.test("Scan reads all that coldtrace and the Collector wrote", () => {
  const lines = storedLines();
  assert(lines.length > 4);
  for (const line of lines) {
    const spans = scan(line);
    assert(spans, line.slice(0, 200));
    assertEquals(spans, parsed(line));
    // Those of one process share a resource, also where each line tells it again.
    assertEquals(new Set(spans.map(({ resource }) => resource)).size <= 4, true);
  }
});

Deno.test("Scan reads nothing otherwise than JSON is read", () => {
  for (const { json } of capturedBodies()) {
    const spans = scan(json);
    if (spans) assertEquals(spans, parsed(json));
  }
  let seen = 0;
  for (const unit of ["grapheme-ascii", "binary"] as const) {
    const { spans } = recordArbitraries(fc.string({ unit, maxLength: 12 }));
    fc.assert(
      fc.property(spans, (records) => {
        const line = encodeTraces(records);
        const scanned = scan(line);
        if (scanned) assertEquals(scanned, parsed(line));
        seen += scanned ? 1 : 0;
      }),
      RUNS,
    );
  }
  assert(seen > 100, `${seen}`);
});

Deno.test("Scan reads a line that something is wrong with as JSON is read, or not at all", () => {
  const lines = storedLines().filter(({ length }) => length < 20_000);
  const signs = '{}[]",:\\0-1eE. \n\u0000xé'.split("");
  let read = 0;
  for (let seed = 1; seed <= 4000; seed++) {
    const below = random(seed * 49979687);
    const line = lines[below(lines.length)] ?? "";
    const at = below(line.length);
    const sign = signs[below(signs.length)];
    const broken = line.slice(0, at) + (below(3) === 0 ? "" : sign) +
      line.slice(at + below(2) + (below(20) === 0 ? below(200) : 0));
    const spans = scan(broken);
    if (spans === undefined) continue;
    assertEquals(spans, parsed(broken), `seed ${seed}`);
    read++;
  }
  // Most signs stand in names, and change nothing else.
  assert(read > 500, `${read}`);
});

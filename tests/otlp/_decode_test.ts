import { assert, assertEquals } from "@std/assert";
import { decodeTraces, encodeTraces, LineDecoder } from "../../src/otlp/json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { random } from "../read/_spans.ts";
import { parsed, storedLines } from "./_lines.ts";

/** What comes of the bytes of a line of which so many are offered at a time, or more if need be. */
function inPieces(line: string, sizeOf: () => number): SpanRecord[] | undefined | "an error" {
  const bytes = new TextEncoder().encode(line);
  const decoder = new LineDecoder();
  let [from, size] = [0, sizeOf()];
  for (;;) {
    const piece = bytes.slice(from, from + size);
    const isLast = from + size >= bytes.length;
    const read = decoder.read(piece, isLast);
    if (isLast) break;
    from += read;
    size = Math.max(sizeOf(), read === 0 ? 2 * size : 1);
  }
  try {
    return decoder.end();
  } catch {
    return "an error";
  }
}

/** Spans, some larger than a piece. */
function largeLine(below: (limit: number) => number, sign: string): string {
  const [line = ""] = storedLines().toSorted((a, b) => b.length - a.length);
  const spans = decodeTraces(line).slice(0, 20 + below(60));
  return encodeTraces(spans.map((span) => ({
    ...span,
    name: below(8) === 0 ? sign + span.name : span.name,
    attributes: { ...span.attributes, log: sign.repeat(below(6) === 0 ? below(50_000) : below(9)) },
  })));
}

Deno.test("LineDecoder.read() reads a line as a whole when it comes in pieces", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const below = random(seed * 49979687);
    const sign = ["x", "é", "\u{1f680}", '"', "\n"][below(5)] ?? "";
    const line = largeLine(below, sign);
    const most = 100 + below(100_000);
    assertEquals(inPieces(line, () => 1 + below(most)), decodeTraces(` ${line}`), `seed ${seed}`);
  }
});

Deno.test("LineDecoder.read() reads nothing otherwise when a line in pieces is broken", () => {
  let wrong = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const below = random(seed * 32452843);
    const line = largeLine(below, "é");
    const at = below(line.length);
    const broken = line.slice(0, at) + line.slice(at + 1 + below(20));
    const spans = inPieces(broken, () => 1 + below(40_000));
    assertEquals(spans, parsed(broken), `seed ${seed}`);
    if (spans === "an error") wrong++;
  }
  assert(wrong > 20, `${wrong}`);
});

Deno.test("LineDecoder.end() tells nothing when a line is blank", () => {
  for (const blank of ["", "  \t", "\r", "\ufeff"]) {
    assertEquals(inPieces(blank, () => 1), undefined, JSON.stringify(blank));
  }
});

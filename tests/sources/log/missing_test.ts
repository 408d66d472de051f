import { assertEquals } from "@std/assert";
import { missingOf } from "../../../src/sources/log/missing.ts";
import type { LogPattern, LogProfile } from "../../../src/sources/profiles/profile.ts";

function pattern(id: string, more: Partial<LogPattern> = {}): LogPattern {
  return {
    id,
    pattern: new RegExp(`^${id}`),
    example: id,
    seen: "0.24-0.32",
    marks: "span",
    expected: true,
    ...more,
  };
}

function profile(...patterns: LogPattern[]): LogProfile {
  return { engine: "vLLM", patterns };
}

function missing(patterns: LogPattern[], seen: string[], facts = {}): string[] {
  return missingOf(profile(...patterns), new Set(seen), facts);
}

const LAST = "was not seen; its pattern was last seen in vLLM 0.32";

Deno.test("missingOf() names the phase that was not seen, and the version that it was last seen in", () => {
  const patterns = [
    pattern("load", { phase: "weights" }),
    pattern("compile", { phase: "compile" }),
    pattern("graphs", { phase: "graphs", seen: "0.30" }),
  ];
  assertEquals(missing(patterns, ["load"]), [
    `phase 'compile' ${LAST}`,
    "phase 'graphs' was not seen; its pattern was last seen in vLLM 0.30",
  ]);
  assertEquals(missing(patterns, ["load", "compile", "graphs"]), []);
});

Deno.test("missingOf() names what of a phase was not seen, where another line of it was", () => {
  const patterns = [
    pattern("begin", { phase: "weights", span: "Load model", marks: "begin" }),
    pattern("end", { phase: "weights", span: "Load model", marks: "end" }),
    pattern("shards", { phase: "weights", span: "Load weights" }),
  ];
  assertEquals(missing(patterns, ["begin"]), [
    `the end of 'Load model' ${LAST}`,
    `'Load weights' ${LAST}`,
  ]);
  assertEquals(missing(patterns, ["end"])[0], `the beginning of 'Load model' ${LAST}`);
});

Deno.test("missingOf() takes one of several wordings of the same for all, and tells each once", () => {
  const patterns = [
    pattern("other"),
    pattern("old", { phase: "http", span: "Start", marks: "begin", seen: "0.10" }),
    pattern("new", { phase: "http", span: "Start", marks: "begin" }),
  ];
  assertEquals(missing(patterns, ["other", "new"]), []);
  assertEquals(missing(patterns, ["other"]), [
    "phase 'http' was not seen; its pattern was last seen in vLLM 0.10",
    `phase 'http' ${LAST}`,
  ]);
  const twice = [pattern("other"), pattern("a", { phase: "x" }), pattern("b", { phase: "x" })];
  assertEquals(missing(twice, ["other"]), [`phase 'x' ${LAST}`]);
});

Deno.test("missingOf() expects what facts do not speak against", () => {
  const graphs = pattern("graphs", {
    phase: "graphs",
    unless: { eager: [true], device: ["cpu", "tpu"] },
  });
  const told = (facts: Record<string, string | boolean>) =>
    missing([pattern("other"), graphs], ["other"], facts).length;
  assertEquals(told({}), 1);
  assertEquals(told({ eager: false, device: "cuda" }), 1);
  assertEquals(told({ eager: true }), 0);
  assertEquals(told({ device: "tpu" }), 0);
  assertEquals(missing([pattern("a"), pattern("b", { expected: false })], ["a"]), []);
});

Deno.test("missingOf() says it in one line where no line at all was known", () => {
  assertEquals(missing([pattern("a", { seen: "0.1" }), pattern("b")], []), [
    "no line of the log was known; its patterns were last seen in vLLM 0.32",
  ]);
});

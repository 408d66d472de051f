import { assertEquals } from "@std/assert";
import { foldSpans } from "../../../src/sources/merge/fold.ts";
import type { Kind } from "../../../src/sources/witness.ts";
import { span } from "./_spans.ts";

const where = "module:function";

Deno.test("foldSpans() keeps of one call what is believed most, with what the others say of it", () => {
  const [kept, ...others] = foldSpans([
    span("process", "seen from outside", [9, 21], { where, attributes: { of: "process", pid: 1 } }),
    span("otlp", "Load", [11, 19], {
      where,
      attributes: { of: "otlp", rank: 0 },
      error: "it failed",
      scope: { name: "vllm" },
      events: [{ timeUnixNano: 15n, name: "half" }],
    }),
    span("probe", "load model", [10, 20], { where, attributes: { of: "probe" } }),
  ]);
  assertEquals(others, []);
  assertEquals([kept?.name, kept?.start, kept?.end], ["load model", 10n, 20n]);
  assertEquals(kept?.attributes, { of: "probe", rank: 0, pid: 1 });
  assertEquals([kept?.error, kept?.scope], ["it failed", { name: "vllm" }]);
  const source = (name: string) => ({ "coldtrace.source": name });
  assertEquals(kept?.events, [
    { timeUnixNano: 9n, name: "seen from outside begins", attributes: source("process") },
    { timeUnixNano: 11n, name: "Load begins", attributes: source("otlp") },
    { timeUnixNano: 15n, name: "half" },
    { timeUnixNano: 19n, name: "Load ends", attributes: source("otlp") },
    { timeUnixNano: 21n, name: "seen from outside ends", attributes: source("process") },
  ]);
});

Deno.test("foldSpans() folds into the call that overlaps longest", () => {
  const spans = foldSpans([
    span("probe", "first", [10, 20], { where }),
    span("probe", "second", [20, 40], { where }),
    span("otlp", "Load", [18, 30], { where }),
  ]);
  assertEquals(spans.map(({ name, events = [] }) => [name, events.length]), [
    ["first", 0],
    ["second", 2],
  ]);
});

Deno.test("foldSpans() keeps what one witness tells twice: a function that calls itself", () => {
  const spans = foldSpans([
    span("probe", "outer", [10, 50], { where }),
    span("probe", "inner", [20, 30], { where }),
  ]);
  assertEquals(spans.map(({ name }) => name), ["outer", "inner"]);
});

Deno.test("foldSpans() folds a line of the log into spans that cover half of it together", () => {
  const phase = "weights";
  const line = (end: number) => span("log", "weights", [0, end], { phase });
  const seen = [
    span("otlp", "first", [10, 20], { phase }),
    // Overlapping, so that it counts for 15.
    span("probe", "second", [15, 35], { phase }),
    span("otlp", "of another phase", [35, 60], { phase: "compile" }),
  ];
  const names = (end: number) => foldSpans([...seen, line(end)]).map(({ name }) => name);
  assertEquals(names(50), ["second", "first", "of another phase"]);
  assertEquals(names(51), ["second", "first", "of another phase", "weights"]);
});

Deno.test("foldSpans() folds a line of the log into work that covers nearly all of it, by whatever name", () => {
  const seen = (kind: Kind) => span("probe", "load", [0, 90], { kind, phase: "weights" });
  const line = (end: number) => span("log", "warm up", [0, end], { phase: "warmup" });
  const names = (kind: Kind, end: number) =>
    foldSpans([seen(kind), line(end)]).map(({ name }) => name);
  assertEquals(names("work", 100), ["load"]);
  assertEquals(names("tool", 100), ["load"]);
  assertEquals(names("work", 101), ["load", "warm up"]);
  // What only waits, or holds others, explains nothing.
  assertEquals(names("wait", 90), ["load", "warm up"]);
  assertEquals(names("container", 90), ["load", "warm up"]);
});

Deno.test("foldSpans() leaves lines of the log beside each other", () => {
  const phase = "weights";
  const spans = foldSpans([
    span("log", "a", [10, 20], { phase }),
    span("log", "b", [10, 20], { phase }),
    span("log", "c", [10, 20]),
  ]);
  assertEquals(spans.map(({ name }) => name), ["a", "b", "c"]);
});

import { assertEquals } from "@std/assert";
import { reasonsOf } from "../../src/read/reasons/reasons.ts";
import { whyReport } from "../../src/show/why_json.ts";
import { sketched } from "../read/reasons/_starts.ts";

Deno.test("whyReport() has the shape of version 1", () => {
  const attributes = { "coldtrace.import.module": "torch" };
  const start = sketched({
    ready: 100,
    spans: [
      { id: "1", phase: "import", start: 0, end: 60, attributes },
      { id: "2", phase: "gc", start: 50, end: 60, parent: "1" },
    ],
  });
  const { reasons, ...rest } = JSON.parse(JSON.stringify(whyReport(start, reasonsOf(start))));
  assertEquals(rest, {
    version: 1,
    traceId: start.traceId,
    run: null,
    engine: "vLLM",
    ready: true,
    total_ns: 100_000_000,
  });
  const { command, remedy, ...reason } = reasons[1];
  assertEquals(reason, {
    id: "garbage-collection",
    ns: 10_000_000,
    is_up_to: true,
    share: 10,
    proves: true,
    title: "Python collects garbage while it starts",
    evidence: ["1 collection of 5 ms or more; 0 ms of generation 2", "test 10 ms"],
    overlaps: [{ id: "imports", ns: 10_000_000 }],
  });
  assertEquals([typeof command, typeof remedy], ["string", "string"]);
});

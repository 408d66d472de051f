import { assertEquals } from "@std/assert";
import { censusOf } from "../../src/read/census.ts";
import { readStart } from "../../src/read/start.ts";
import { runFactsReport, runsReport, stateOf, type StoredRun } from "../../src/show/runs_json.ts";
import { span } from "../read/_spans.ts";
import { LAUNCHED, storedRun } from "./_stored_runs.ts";

const ready = { events: { ready: 1_000_000_000, first_token: 1_500_000_000 } };

Deno.test("runsReport() tells of each run what its root says", () => {
  const attributes = {
    "coldtrace.label": "eager",
    "coldtrace.series": "s1",
    "coldtrace.series.number": 3,
    "coldtrace.series.size": 12,
  };
  assertEquals(runsReport([storedRun(0, { ...ready, attributes })]), {
    version: 1,
    runs: [{
      id: "20261123-213400-123-x7k2",
      path: "/data/runs/20261123-213400-123-x7k2.otlp.jsonl",
      size_bytes: 411_800,
      engine: "vLLM",
      label: "eager",
      launch: LAUNCHED,
      state: "ready",
      total_ns: 1_000_000_000,
      first_token_ns: 1_500_000_000,
      series: { id: "s1", number: 3, size: 12 },
    }],
  });
});

Deno.test("runsReport() says null where it does not know", () => {
  const { start: _, ...broken } = storedRun(0);
  const [report] = runsReport([broken]).runs;
  assertEquals(report, {
    id: broken.id,
    path: broken.path,
    size_bytes: 411_800,
    engine: null,
    label: null,
    launch: null,
    state: "unreadable",
    total_ns: null,
    first_token_ns: null,
    series: null,
  });
  const under = runsReport([{ ...storedRun(0), isOpen: true }]).runs[0];
  assertEquals([under?.state, under?.total_ns], ["under_way", null]);
});

Deno.test("runsReport() knows no total of what was broken off before anything ended", () => {
  const { attributes, ...root } = span({ id: "root", start: 5 });
  const start = readStart([{ ...root, attributes: { ...attributes, "coldtrace.engine": "x" } }]);
  const ended = { reason: "launcher-killed" };
  const [report] = runsReport([{ ...storedRun(0), start: { ...start, ended } }]).runs;
  assertEquals([report?.state, report?.total_ns], ["broke_off", null]);
});

Deno.test("runsReport() tells why there is no first token", () => {
  const failed = { events: { ready: 1e9 }, status: { code: 2, message: "404" } };
  assertEquals(runsReport([storedRun(0, failed)]).runs[0]?.failure, "404");
});

Deno.test("stateOf() has a word for how a start went", () => {
  const unseen = { "error.type": "not-seen-ready" };
  const runs: [string, StoredRun][] = [
    ["ready", storedRun(0, ready)],
    ["ready", { ...storedRun(0, ready), isOpen: true }],
    ["died", storedRun(0)],
    ["under_way", { ...storedRun(0), isOpen: true }],
    ["not_seen_ready", storedRun(0, { attributes: unseen })],
  ];
  for (const [state, run] of runs) assertEquals(stateOf(run), state);
});

Deno.test("runFactsReport() has all attributes of the root, and numbers", () => {
  const run = storedRun(0, { attributes: { "coldtrace.gpu.model": ["A", "B"], big: 2n ** 60n } });
  const { attributes, spans, processes, sources, trace_id, version } = runFactsReport(
    run,
    run.start ? censusOf(run.start) : { spans: 0, processes: 0, sources: new Map() },
  );
  assertEquals(attributes, {
    "coldtrace.engine": "vLLM",
    "coldtrace.gpu.model": ["A", "B"],
    big: "1152921504606846976",
  });
  assertEquals([version, spans, processes, sources], [1, 1, 1, { tracer: 1 }]);
  assertEquals(trace_id, run.start?.traceId);
});

import { assertEquals } from "@std/assert";
import { gaps } from "../../src/read/gaps.ts";
import { gapsReport } from "../../src/show/gaps_json.ts";
import { rows } from "../../src/read/rows.ts";
import { timeReport } from "../../src/show/time_json.ts";
import { stored } from "./_starts.ts";

Deno.test("gapsReport() has the shape of version 1", () => {
  const [start] = stored("died");
  assertEquals(gapsReport(start, gaps(start)), {
    version: 1,
    traceId: start.traceId,
    run: "20261123-233504-666-qhsz",
    ready: false,
    total_ns: 173_817_166,
    unattributed_ns: 16_552_763,
    gaps: [{
      start_ns: 163_616_763,
      ns: 10_200_403,
      containers: ["process API server"],
      before: { name: "load weights", process: "engine core", span_id: "43501719990883f9" },
      after: null,
      lines: null,
      last_line: null,
      processes: [],
    }],
    small: { count: 5, ns: 6_352_360 },
    lines_dropped: 0,
  });
});

Deno.test("gapsReport() sums to what time calls unattributed", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    const report = gapsReport(start, gaps(start));
    const sum = report.gaps.reduce((total, { ns }) => total + ns, report.small.ns);
    assertEquals(sum, report.unattributed_ns, name);
    assertEquals(sum, timeReport(start, rows(start)).unattributed_ns, name);
  }
});

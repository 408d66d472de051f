import { assertEquals } from "@std/assert";
import { gaps } from "../../src/read/gaps.ts";
import { gapsReport } from "../../src/show/gaps_json.ts";
import { rows } from "../../src/read/rows.ts";
import { timeReport } from "../../src/show/time_json.ts";
import { stored } from "./_starts.ts";

Deno.test("gapsReport() has the shape of version 1", () => {
  const [start] = stored("died");
  const { gaps: listed, ...rest } = gapsReport(start, gaps(start, "all"));
  assertEquals(rest, {
    version: 1,
    traceId: start.traceId,
    run: "20261123-233504-666-qhsz",
    ready: false,
    total_ns: 173_817_166,
    unattributed_ns: 16_552_763,
    lines_dropped: 0,
  });
  assertEquals(listed.length, 6);
  assertEquals([listed[0]?.next?.name, listed[0]?.start_ns], ["spawn engine core", 39_247_530]);
  assertEquals(listed.at(-1), {
    start_ns: 163_616_763,
    ns: 10_200_403,
    containers: ["process API server"],
    previous: { name: "load weights", process: "engine core", span_id: "43501719990883f9" },
    next: null,
    lines: null,
    last_line: null,
    processes: [],
  });
});

Deno.test("gapsReport() sums to what time calls unattributed", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    const report = gapsReport(start, gaps(start, "all"));
    const sum = report.gaps.reduce((total, { ns }) => total + ns, 0);
    assertEquals(sum, report.unattributed_ns, name);
    assertEquals(sum, timeReport(start, rows(start)).unattributed_ns, name);
  }
});

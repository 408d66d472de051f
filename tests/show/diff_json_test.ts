import { assertEquals } from "@std/assert";
import { diffReport } from "../../src/show/diff_json.ts";
import { compared } from "./_compared.ts";

const IDENTITY = { CPUs: "2", command: '["serve","--fast"]' };

Deno.test("diffReport() has both sides, the title, and each row in whole nanoseconds", () => {
  const a = { name: "a", phases: { "W/load": 3 }, identity: IDENTITY };
  const b = { name: "b", phases: { "W/load": 9 }, identity: { CPUs: "4", command: '["serve"]' } };
  const report = diffReport(compared(a, b, 6));
  assertEquals(JSON.parse(JSON.stringify(report)), report);
  const { rows, ...rest } = report;
  assertEquals(rest, {
    version: 1,
    a: { name: "a", runs: [0, 1, 2, 3, 4, 5].map((i) => `a-${i}`), failed: 0 },
    b: { name: "b", runs: [0, 1, 2, 3, 4, 5].map((i) => `b-${i}`), failed: 0 },
    title: [{ name: "--fast", a: "", b: null }],
    mixed: ["CPUs"],
    unknown: [],
    verdict: "regressed",
    no_verdict: null,
    tested: 1,
    min_change: 0.05,
    min_time_ns: 250_000_000,
  });
  assertEquals(rows.map(({ kind, phase, process }) => [kind, phase, process]), [
    ["total", "total", null],
    ["phase", "load", "W"],
  ]);
  const [, load] = rows;
  assertEquals(load?.a, {
    median_ns: 3_010_000_000,
    q1_ns: 2_962_500_000,
    q3_ns: 3_042_500_000,
    min_ns: 2_900_000_000,
    max_ns: 3_100_000_000,
    present: 6,
  });
  assertEquals([load?.verdict, load?.needed_runs, load?.floor_ns], [
    "regressed",
    null,
    250_000_000,
  ]);
});

Deno.test("diffReport() has null where nothing can be said", () => {
  const a = { name: "a", phases: { load: 3 } };
  const { verdict, no_verdict, rows } = diffReport(
    compared(a, { name: "b", phases: { run: 1 } }, 1),
  );
  assertEquals([verdict, no_verdict], [null, "single"]);
  const run = rows.find(({ phase }) => phase === "run");
  assertEquals([run?.a, run?.p, run?.verdict, run?.needed_runs], [null, null, null, null]);
});

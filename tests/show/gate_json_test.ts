import { assertEquals } from "@std/assert";
import { diffReport } from "../../src/show/diff_json.ts";
import { gateReport, selfTestReport } from "../../src/show/gate_json.ts";
import { gated } from "./_compared.ts";

Deno.test("gateReport() has the outcome, budgets, and the comparison that was judged", () => {
  const a = { name: "a", phases: { load: 3 } };
  const budgets = [{ name: "load", more: { time: 1e9 } }, { name: "total", more: { share: 0.1 } }];
  const both = gated(a, { name: "b", phases: { load: 5 } }, 7, budgets);
  const report = gateReport(both);
  assertEquals(JSON.parse(JSON.stringify(report)), report);
  assertEquals([report.version, report.outcome, report.reasons], [1, "regressed", [
    "load exceeds its budget",
    "total exceeds its budget",
  ]]);
  assertEquals(report.budgets.map(({ name, limit_ns, verdict }) => [name, limit_ns, verdict]), [
    ["load", 1_000_000_000, "exceeded"],
    ["total", 303_500_000, "exceeded"],
  ]);
  const { base, next, comparison } = both.judgement;
  assertEquals(
    report.diff,
    diffReport({ a: base, b: next, differences: both.differences, comparison }),
  );
  assertEquals(report.diff.a.runs.length, 6);
});

Deno.test("selfTestReport() has the rate, and null where nothing would be found", () => {
  assertEquals(
    selfTestReport({
      runs: 6,
      splits: 10,
      seed: 1,
      falseAlarms: 1,
      rate: 0.1,
      inconclusive: 2,
      detectable: [{ kind: "total", phase: "total", median: 1.4, findable: false }],
    }),
    {
      version: 1,
      runs: 6,
      splits: 10,
      seed: 1,
      false_alarms: 1,
      false_alarm_rate: 0.1,
      inconclusive: 2,
      detectable: [{
        kind: "total",
        phase: "total",
        process: null,
        median_ns: 1,
        share: null,
        findable: false,
      }],
    },
  );
});

import { assert, assertEquals } from "@std/assert";
import { plotOf } from "../../src/read/plot/plot.ts";
import { readStart } from "../../src/read/start.ts";
import { plotReport } from "../../src/show/plot_json.ts";
import { span } from "../read/_spans.ts";
import { type Stored, stored } from "./_starts.ts";

Deno.test("plotReport() has columns of one length, and a path that adds up", () => {
  for (const name of ["ready", "died", "killed", "vllm"] satisfies Stored[]) {
    const [start] = stored(name);
    const { runs: [run] } = plotReport([plotOf(start)]);
    assert(run);
    for (const columns of [run.spans, run.path, run.events]) {
      const lengths = new Set(Object.values(columns).map((column) => column.length));
      assertEquals(lengths.size, 1, name);
    }
    assertEquals(run.spans.name.length, start.spans.length);
    assertEquals(run.path.duration_ns.reduce((sum, ns) => sum + ns, 0), run.total_ns);
    assertEquals(run.total_ns, Number(start.end - start.launch));
  }
});

Deno.test("plotReport() has each text and each attribute once, and JSON holds it all", () => {
  const [ready, died] = [stored("ready")[0], stored("died")[0]];
  const report = plotReport([plotOf(ready), plotOf(died)]);
  assertEquals(new Set(report.strings).size, report.strings.length);
  assertEquals(
    new Set(report.attributes.map((pair) => JSON.stringify(pair))).size,
    report.attributes.length,
  );
  assertEquals(JSON.parse(JSON.stringify(report)), report);
});

Deno.test("plotReport() makes values plain: bytes counted, lists as JSON, controls replaced", () => {
  const attributes = {
    bytes: new Uint8Array(3),
    list: [1, "a"],
    big: 2n ** 60n,
    nan: NaN,
    lines: "a\nb\u202e",
    none: null,
    long: "x".repeat(5000),
  };
  const report = plotReport([
    plotOf(
      readStart([span({ id: "1", start: 0, end: 9 }), span({ id: "2", start: 2, attributes })]),
    ),
  ]);
  const values = new Map(
    report.attributes.map(([key, value]) => [report.strings[key] ?? "", value]),
  );
  assertEquals(values.get("bytes"), "3 bytes");
  assertEquals(values.get("list"), '[1,"a"]');
  assertEquals(values.get("big"), "1152921504606846976");
  assertEquals(values.get("nan"), "NaN");
  assertEquals(values.get("lines"), "a\nb\u{fffd}");
  assertEquals(values.get("none"), null);
  assertEquals(String(values.get("long")).length, 2000);
});

Deno.test("plotReport() flags what is open, a container, or failed", () => {
  const { runs: [run] } = plotReport([
    plotOf(readStart([
      span({ id: "1", start: 0 }),
      span({ id: "2", start: 0, end: 9, container: true }),
      span({ id: "3", start: 1, end: 9, status: { code: 2 } }),
    ])),
  ]);
  assertEquals(run?.spans.flags.toSorted(), [1, 2, 4]);
});

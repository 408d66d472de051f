import { assert, assertEquals } from "@std/assert";
import { type Gap, gaps } from "../../src/read/gaps.ts";
import { gapsText } from "../../src/show/gaps_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { stored } from "./_starts.ts";

Deno.test("gapsText() shows what no span explains", () => {
  const [start] = stored("died");
  assertEquals(
    gapsText(start, gaps(start)),
    `llama.cpp died after 173.8 ms in load weights: killed by SIGKILL

16.6 ms unattributed, 9.5% of the start

   1.6 ms  @39.2 ms  in process API server
             after   connect launcher (API server)
             before  spawn engine core (API server)
   1.1 ms  @124.6 ms  in process engine core
             after   import modules (engine core)
             before  load library (engine core)
   1.3 ms  @132.2 ms  in process engine core
             after   load library (engine core)
             before  init backend (engine core)
   1.5 ms  @144.3 ms  in process engine core
             after   init backend (engine core)
             before  load weights (engine core)
  10.2 ms  @163.6 ms  in process API server
             after   load weights (engine core)
             before  the end
   0.9 ms  1 shorter one (--all)
  16.6 ms  unattributed
`,
  );
});

Deno.test("gapsText() shows the log and what processes did", () => {
  const [start] = stored("died");
  const found = gaps(start);
  const lines = Array.from(
    { length: 8 },
    (_, i) => ({ at: BigInt(i) * 1_000_000n, text: `l${i}` }),
  );
  const activity = [
    { process: "engine core", cpus: 0.034, rss: 1_234_000_000 },
    { process: "API server", cpus: 1.6 },
  ];
  const shown = (gap: Partial<Gap>) => {
    const listed = found.listed.map((one) => ({ ...one, activity, ...gap }));
    return gapsText(start, { ...found, listed, linesDropped: 9 }).split("\n").slice(-13, -4);
  };
  assertEquals(shown({ lines }), [
    "             log     3 lines, then",
    "                     @3.0 ms  l3",
    "                     @4.0 ms  l4",
    "                     @5.0 ms  l5",
    "                     @6.0 ms  l6",
    "                     @7.0 ms  l7",
    "             CPU     engine core 3%, API server 160%",
    "             memory  engine core 1234 MB",
    "   0.9 ms  1 shorter one (--all)",
  ]);
  const lastLine = { at: 2_000_000n, text: `evil\x1b${"x".repeat(90)}` };
  assertEquals(
    shown({ lines: [], lastLine, activity: [] }).at(-2),
    "             log     nothing; the last line was @2.0 ms  evil\u{fffd}xxxxxxxxxxxxxxxxx…",
  );
});

Deno.test("gapsText() writes lengths that add up, within 80 columns", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    const text = gapsText(start, gaps(start));
    for (const line of text.split("\n").slice(1)) assert(widthOf(line) <= 80, line);
    const values = [...text.matchAll(/^ {2} *([\d.]+) m?s/gm)]
      .map(([, value]) => Math.round(Number(value) * 1e3));
    const total = values.pop();
    assertEquals(values.reduce((sum, value) => sum + value), total, name);
  }
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { blame } from "../../src/read/blame/blame.ts";
import { readStart } from "../../src/read/start.ts";
import { blameText } from "../../src/show/blame_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { span } from "../read/_spans.ts";
import { stored } from "./_starts.ts";

Deno.test("blameText() shows spans by their time on the path", () => {
  const [start] = stored("vllm");
  assertEquals(
    blameText(start, blame(start)),
    `vllm.server not seen ready in 10.39 s

   on path   self  total  start   share  process      span
   5.995 s  5.995  7.286  0.006   57.7%  vllm.server  Executor init
   2.548 s  2.548  2.548  7.293   24.5%  vllm.server  Prepare model
   0.695 s  0.695  0.704  6.564    6.7%  vllm.server  Load model
   0.554 s                0.000    5.4%               unattributed
   0.550 s  0.550  0.550  5.987    5.3%  vllm.server  Worker init
   0.046 s                         0.4%               3 smaller
  10.388 s                       100.0%               total
`,
  );
});

Deno.test("blameText() shows every span and its slack when it is to show all", () => {
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 100e6,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 100e6 },
    }),
    span({ id: "A", start: 0, end: 80e6 }),
    span({ id: "B", start: 80e6, end: 99.9e6 }),
    span({ id: "P", start: 10e6, end: 70e6 }),
  ]);
  assertEquals(
    blameText(start, blame(start), true),
    `test ready in 100.0 ms

   on path  self  total  start  slack   share  process  span
   80.0 ms  80.0   80.0    0.0          80.0%  test     A
   19.9 ms  19.9   19.9   80.0          19.9%  test     B
    0.1 ms                99.9           0.1%           unattributed
         -  60.0   60.0   10.0   10.0       -  test     P
  100.0 ms                             100.0%           total
`,
  );
});

Deno.test("blameText() writes times and shares that add up, within 80 columns", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    for (const all of [false, true]) {
      const text = blameText(start, blame(start), all);
      for (const line of text.split("\n").slice(1)) assert(widthOf(line) <= (all ? 120 : 80), line);
      for (const cell of [/^ +([\d.]+) m?s/gm, / ([\d.]+)%/gm]) {
        const values = [...text.matchAll(cell)].map(([, value]) => Math.round(Number(value) * 1e3));
        const total = values.pop();
        assert(values.length > 3);
        assertEquals(values.reduce((sum, value) => sum + value), total, name);
      }
    }
  }
});

Deno.test("blameText() is the headline alone when the start took no time", () => {
  const start = readStart([
    span({ id: "a", start: 0, end: 0, attributes: { "coldtrace.engine": "e\x1b[2J" } }),
  ]);
  assertMatch(
    blameText(start, blame(start)),
    /^e\u{fffd}\[2J not seen ready in 0\.0 ms|^e\u{fffd}/u,
  );
  assertEquals(blameText(start, blame(start)).split("\n").length, 2);
});

import { assert, assertEquals } from "@std/assert";
import { chain, fold, type Target, targetOf } from "../../src/read/chain.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { chainText } from "../../src/show/chain_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { processResource, span } from "../read/_spans.ts";
import { stored } from "./_starts.ts";

function textOf(start: Start, to?: string, all = false): string {
  const target = targetOf(start, to) as Target;
  const steps = chain(start, target);
  return chainText(start, target, all ? steps : fold(steps));
}

Deno.test("chainText() shows the critical path back in time", () => {
  assertEquals(
    textOf(stored("vllm")[0]),
    `vllm.server not seen ready in 10.39 s

When a step began is behind @, counted from launch; what it took is behind +.

  @10.388 s            end
   @9.841 s  +0.548 s  └─gap between Prepare model (vllm.server) and the end
   @7.293 s  +2.548 s   └─Prepare model (vllm.server)
   @7.268 s  +0.024 s    └─4 steps: Executor init, Worker init, g… (vllm.server)
   @6.573 s  +0.695 s     └─Load model (vllm.server)
   @6.562 s  +0.012 s      └─3 steps: Initialize model, Loading (… (vllm.server)
   @5.987 s  +0.575 s       └─Worker init (vllm.server)
   @0.006 s  +5.980 s        └─Executor init (vllm.server)
   @0.000 s  +0.006 s         └─gap between launch and Executor init (vllm.ser…
`,
  );
});

Deno.test("chainText() leads to the first token, and says of how many spans it is the last", () => {
  const [ready] = stored("ready");
  assertEquals(textOf(ready, "first-token").split("\n")[4], "  @119.7 ms            first token");
  assertEquals(
    textOf(ready, "process start").split("\n").slice(4, 6),
    [
      "  @55.6 ms            process start, the last of 2",
      "  @40.5 ms  +15.1 ms  └─process start (engine core)",
    ],
  );
});

Deno.test("chainText() writes times that add up, within 80 columns", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    for (const all of [false, true]) {
      const text = textOf(stored(name)[0], undefined, all);
      for (const line of text.split("\n").slice(1)) assert(widthOf(line) <= 80, line);
      const thousandths = (cell: RegExp) =>
        [...text.matchAll(cell)].map(([, value]) => Math.round(Number(value) * 1e3));
      const [total] = thousandths(/@(\d[\d.]*)/g);
      const steps = thousandths(/ \+(\d[\d.]*)/g);
      assert(steps.length > 3);
      assertEquals(steps.reduce((sum, value) => sum + value), total, name);
    }
  }
});

Deno.test("chainText() stays within 80 columns whatever names a trace has", () => {
  const long = processResource("进程".repeat(40));
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 90e6,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 90e6 },
    }),
    ...Array.from({ length: 40 }, (_, i) =>
      span({
        id: `${i}`,
        name: `evil\x1b[2J\n${"n".repeat(99)}${i}`,
        start: i * 2e6,
        end: i * 2e6 + 1e6,
        resource: long,
      })),
  ]);
  for (const all of [false, true]) {
    const text = textOf(start, undefined, all);
    assert(!text.includes("\x1b"));
    for (const line of text.split("\n")) assert(widthOf(line) <= 80, line);
  }
});

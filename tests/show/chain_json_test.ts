import { assert, assertEquals } from "@std/assert";
import { chain, targetOf } from "../../src/read/chain.ts";
import { chainReport } from "../../src/show/chain_json.ts";
import { stored } from "./_starts.ts";

Deno.test("chainReport() has the shape of version 1, and steps that sum to the total", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    const target = targetOf(start);
    assert(target);
    const { steps, ...rest } = chainReport(start, target, chain(start, target));
    assertEquals(rest, {
      version: 1,
      traceId: start.traceId,
      run: start.run ?? null,
      to: { name: start.ready ? "ready" : "end", span_id: null },
      total_ns: Number(start.end - start.launch),
    });
    let end = rest.total_ns;
    for (const step of steps) {
      assertEquals(step.start_ns + step.ns, end, name);
      assertEquals(step.gap !== undefined, step.span_id === null);
      end = step.start_ns;
    }
    assertEquals(end, 0);
  }
});

Deno.test("chainReport() names what stands beside a gap, and the span that it leads to", () => {
  const [start] = stored("ready");
  const target = targetOf(start, "spawn engine core");
  assert(target);
  const { to, steps } = chainReport(start, target, chain(start, target));
  assertEquals(to, { name: "spawn engine core", span_id: target.span?.spanId ?? "" });
  const gap = steps.find(({ gap }) => gap)?.gap;
  assertEquals([gap?.previous?.name, gap?.previous?.process], ["connect launcher", "API server"]);
  assertEquals(gap?.next?.name, "spawn engine core");
});

import { assertEquals } from "@std/assert";
import { blame } from "../../src/read/blame/blame.ts";
import { blameReport } from "../../src/show/blame_json.ts";
import { stored } from "./_starts.ts";

Deno.test("blameReport() has the shape of version 1", () => {
  const [start] = stored("ready");
  const { spans, ...rest } = blameReport(start, blame(start));
  assertEquals(rest, {
    version: 1,
    traceId: "62797e9bfa98abda2078ebd0350d073d",
    run: "20261123-233505-307-325j",
    ready: true,
    total_ns: 115_971_503,
  });
  assertEquals(Object.keys(spans[0] ?? {}), [
    "name",
    "span_id",
    "process",
    "start_ns",
    "on_path_ns",
    "share",
    "self_ns",
    "total_ns",
    "slack_ns",
  ]);
  const unattributed = spans.find(({ name }) => name === "unattributed in process API server");
  assertEquals([unattributed?.span_id, unattributed?.self_ns, unattributed?.slack_ns], [
    null,
    null,
    null,
  ]);
});

Deno.test("blameReport() has times on the path that sum to the total", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const [start] = stored(name);
    const { spans, total_ns } = blameReport(start, blame(start));
    assertEquals(spans.reduce((sum, { on_path_ns }) => sum + on_path_ns, 0), total_ns, name);
    for (const { on_path_ns, slack_ns, span_id } of spans) {
      assertEquals(slack_ns !== null, span_id !== null && on_path_ns === 0);
    }
  }
});

import { assertEquals, assertMatch } from "@std/assert";
import { died } from "../../../src/read/reasons/died.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("died() tells what a recorded start died of, and what it wrote", async () => {
  const found = died(await recorded("hub-down"));
  assertEquals(found?.title, "It died: exit code 1");
  assertEquals(found?.evidence[0], "engine config was open");
  assertMatch(found?.evidence[1] ?? "", /^OSError: We couldn't connect to /);
  assertEquals(found?.evidence.length, 4);
  assertMatch(found?.evidence[2] ?? "", /^it wrote: httpx2\.ConnectError: .+ Connection refused$/);
  assertMatch(found?.evidence[3] ?? "", /^it wrote: huggingface_hub\.errors\.LocalEntryNotFound/);
});

Deno.test("died() tells nothing of one that is ready, under way or stopped", () => {
  assertEquals(died(sketched({ ready: 10 })), undefined);
  assertEquals(died(sketched({ end: 10, attributes: { "error.type": "stopped" } })), undefined);
});

Deno.test("died() does not guess who sent SIGKILL", () => {
  const remedy = (kills: Record<string, number>) => {
    const attributes = { "error.type": "exit", "process.exit.signal": "SIGKILL", ...kills };
    return died(sketched({ end: 10, attributes }))?.remedy;
  };
  assertEquals(remedy({}), "look for who kills it");
  assertEquals(
    remedy({ "coldtrace.cgroup.oom_kills": 0 }),
    "look for who kills it: no OOM kill was counted where one would be",
  );
});

Deno.test("died() tells of an OOM kill that was none of its processes", () => {
  const attributes = {
    "error.type": "exit",
    "process.exit.code": 1,
    "coldtrace.cgroup.oom_kills": 1,
  };
  const found = died(sketched({ end: 10, attributes, log: { 5: "ValueError: no model" } }));
  assertEquals(found?.evidence.slice(-2), [
    "it wrote: ValueError: no model",
    "its control group counted 1 OOM kill, of whom is not known",
  ]);
});

import { assertEquals } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { serialRanks } from "../../../src/read/reasons/serial_ranks.ts";
import { processResource } from "../_spans.ts";
import { recorded, sketched } from "./_starts.ts";

const load = (rank: number, start: number, end: number) => ({
  id: `${rank}`,
  name: "load weights",
  phase: "weights",
  start,
  end,
  resource: processResource(`Worker_TP${rank}`),
});

Deno.test("serialRanks() counts all but the longest of ranks that take turns (sketched)", () => {
  const spans = [load(0, 0, 30), load(1, 30, 80), load(2, 80, 100)];
  const found = serialRanks(sketched({ ready: 100, spans }));
  assertEquals(found && typeof found.time === "object" && lengthOf(found.time), 50_000_000n);
  assertEquals(found?.evidence, [
    "no two ranks are in weights at the same time; all but the longest: 50 ms",
  ]);
  assertEquals(found?.trial?.change(["vllm", "-tp", "3"]), [
    ...["vllm", "-tp", "3", "--tensor-parallel-size", "1"],
  ]);
});

Deno.test("serialRanks() finds nothing where ranks overlap, or there is one", async () => {
  assertEquals(serialRanks(await recorded("tp2")), undefined);
  assertEquals(
    serialRanks(sketched({ ready: 100, spans: [load(0, 0, 50), load(1, 40, 90)] })),
    undefined,
  );
  assertEquals(serialRanks(sketched({ ready: 100, spans: [load(0, 0, 50)] })), undefined);
});

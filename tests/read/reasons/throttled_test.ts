import { assertEquals, assertMatch } from "@std/assert";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { throttled } from "../../../src/read/reasons/throttled.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("throttled() finds the limit of 0.6 cores that a recorded start had", async () => {
  const found = throttled(await recorded("cpu-limit"));
  assertEquals([found?.id, found?.isUpTo], ["cpu-limit", true]);
  assertEquals(found?.evidence, [
    "its control group withheld 22.88 s of processor time, added up over processors; its limit is " +
    "0.6 cores",
  ]);
  assertMatch(found?.remedy ?? "", /OMP_NUM_THREADS=1\b/);
  assertMatch(
    found ? proofOf(["vllm", "serve", "M"], found) : "",
    /--interleave cpu-limit-unlimited='systemd-run --scope --quiet vllm serve M' -- vllm serve M$/,
  );
});

Deno.test("throttled() finds nothing in a recorded start without a limit", async () => {
  assertEquals(throttled(await recorded("cold")), undefined);
});

Deno.test("throttled() accounts for no more than the start took", () => {
  const start = sketched({ ready: 1000, attributes: { "coldtrace.cgroup.throttled_ms": 5000 } });
  assertEquals(throttled(start)?.time, 1_000_000_000n);
});

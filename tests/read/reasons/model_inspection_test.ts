import { assert, assertEquals, assertMatch } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { modelInspection } from "../../../src/read/reasons/model_inspection.ts";
import { proofOf } from "../../../src/read/reasons/proof.ts";
import { recorded } from "./_starts.ts";

Deno.test("modelInspection() finds the hidden process of a recorded start with empty caches", async () => {
  const found = modelInspection(await recorded("cold"));
  assert(typeof found?.time === "object");
  assertEquals(lengthOf(found.time) / 1_000_000_000n, 19n);
  assertMatch(found.evidence[0] ?? "", /registry: 14\.\d\d s of imports, 3\.\d\d s to exit$/);
  assertEquals(
    proofOf(["vllm", "serve", "M"], found),
    "coldtrace run -n 6 --label model-inspection-now --warm " +
      "--interleave model-inspection-volume='env VLLM_CACHE_ROOT=/var/tmp/coldtrace/vllm vllm serve M' -- " +
      `sh -c 'exec env VLLM_CACHE_ROOT="$(mktemp -d)" vllm serve M'`,
  );
});

Deno.test("modelInspection() finds nothing in recorded starts with full caches", async () => {
  assertEquals(modelInspection(await recorded("tp2")), undefined);
  assertEquals(modelInspection(await recorded("cpu-limit")), undefined);
});

import { assert, assertEquals } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { retries } from "../../../src/read/reasons/retries.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("retries() finds the 23 s that a recorded start waited for the hub", async () => {
  const found = retries(await recorded("hub-down"));
  assert(typeof found?.time === "object");
  assertEquals(lengthOf(found.time), 23_000_000_000n);
  assertEquals(found.trial?.name, "offline");
  assertEquals(found.evidence, [
    "5 retries in the log, with 23.00 s of waiting; the last: Retrying in 8s [Retry 5/5]",
  ]);
});

Deno.test("retries() counts waits that overlap once, and none beyond the end", () => {
  const log = {
    0: "Retrying in 0.03s [Retry 1/5].",
    10: "Rate limited. Waiting 0.03s before retry [Retry 1/5].",
    90: "Retrying in 8s [Retry 2/5].",
    // In the background, and without an end.
    50: "Transient error encountered while exporting spans batch, retrying in 1.14s.",
  };
  const found = retries(sketched({ ready: 100, log }));
  assertEquals(found && typeof found.time === "object" && lengthOf(found.time), 50_000_000n);
});

Deno.test("retries() takes requests that were sent again, as OpenTelemetry has them", () => {
  const attributes = { "http.request.resend_count": 2 };
  const spans = [{ id: "1", name: "GET", start: 10, end: 40, attributes }];
  const found = retries(sketched({ ready: 100, spans }));
  assertEquals(found?.evidence, ["requests were sent again in GET"]);
  // Of whom is not known: the hub's variable need not help.
  assertEquals([found?.remedy.includes("HF_HUB"), found?.trial], [false, undefined]);
});

Deno.test("retries() finds nothing in a recorded start without any", async () => {
  assertEquals(retries(await recorded("cold")), undefined);
});

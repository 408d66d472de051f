import { assert, assertEquals } from "@std/assert";
import { lengthOf } from "../../../src/read/on_path.ts";
import { garbageCollection } from "../../../src/read/reasons/garbage_collection.ts";
import { rows } from "../../../src/read/rows.ts";
import { recorded, sketched } from "./_starts.ts";

Deno.test("garbageCollection() counts what the rows of a recorded start count", async () => {
  const start = await recorded("cold");
  const found = garbageCollection(start);
  assert(typeof found?.time === "object");
  const expected = rows(start).filter(({ phase }) => phase === "gc")
    .reduce((sum, { ns }) => sum + ns, 0n);
  assertEquals(lengthOf(found.time), expected);
  assert(expected > 10_000_000_000n);
});

Deno.test("garbageCollection() finds nothing where nothing was collected", () => {
  assertEquals(garbageCollection(sketched({ ready: 10 })), undefined);
});

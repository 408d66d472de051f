import { assertEquals, assertRejects } from "@std/assert";
import { within } from "../../src/trace/within.ts";

Deno.test("within() gives what a promise brings in time, and undefined where it does not", async () => {
  assertEquals(await within(60_000, Promise.resolve("in time")), "in time");
  assertEquals(await within(1, new Promise(() => {})), undefined);
  await assertRejects(() => within(60_000, Promise.reject(new Error("no"))), Error, "no");
});

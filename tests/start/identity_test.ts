import { assertEquals } from "@std/assert";
import { machine } from "../sources/_machine.ts";

Deno.test("identityFacts() has the machine and the revision of the current folder", async () => {
  const { machine: facts, identity } = await machine(["facts"]);
  const { "vcs.ref.head.revision": revision, "coldtrace.vcs.dirty": dirty, ...rest } = identity;
  assertEquals(rest, facts);
  // The project may be no repository here.
  assertEquals(typeof revision === "string", typeof dirty === "boolean");
});

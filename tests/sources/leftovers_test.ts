import { assertEquals } from "@std/assert";
import { machine } from "./_machine.ts";

Deno.test({
  name: "Leftovers knows which processes of an engine outlive it, and ends them",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { pid, below, before, left, none } = await machine(["below"]);
    assertEquals([before, left, none], [[pid, below], [below], []]);
  },
});

import { assertEquals } from "@std/assert";
import { machine } from "../_machine.ts";

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "processesFrom() gives a process and those below it",
  ignore,
  fn: async () => {
    const { pid, daemon, below, list, after } = await machine(["below"]);
    assertEquals(list.map(([pid]: [number, string]) => pid), [pid, daemon, below]);
    assertEquals(list[0], [pid, "sh"]);
    assertEquals(after, [{ pid }]);
  },
});

Deno.test({
  name: "isAlive() tells a process from another one that had its number",
  ignore,
  fn: async () => assertEquals(await machine(["alive"]), [true, false]),
});

import { assertEquals } from "@std/assert";
import { isOver, parseStat } from "../../../src/sources/system/proc_files.ts";

const REST = "4792 4792 2648 0 -1 4194304 98 0 0 0 12 30 7 8 20 0 3 0 91892 3133440 414 184467";

Deno.test("parseStat() takes a line apart, whatever the command is called", () => {
  for (const name of ["cat", "tmux: server", ") S 1 (", "a\nb"]) {
    assertEquals(parseStat(`4796 (${name}) S ${REST}\n`), {
      name,
      state: "S",
      parent: 4792,
      cpu: 42,
      threads: 3,
      start: 91892,
    });
  }
});

Deno.test("parseStat() gives nothing when the line is none", () => {
  for (const line of ["", "4796", "4796 (cat) S 4792 4792\n"]) {
    assertEquals(parseStat(line), undefined);
  }
});

Deno.test("isOver() holds of a zombie and of nothing that runs, sleeps or is stopped", () => {
  const states = ["R", "S", "D", "T", "t", "I", "Z", "X", "x"];
  const over = states.filter((state) => {
    const stat = parseStat(`1 (a) ${state} ${REST}`);
    return stat !== undefined && isOver(stat);
  });
  assertEquals(over, ["Z", "X", "x"]);
});

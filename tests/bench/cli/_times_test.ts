import { assert, assertEquals } from "@std/assert";
import { processorTime } from "../../../bench/cli/_times.ts";

Deno.test("processorTime() sums what children took, of any shell", () => {
  // bash, and dash.
  assertEquals(processorTime("0m0.001s 0m0.002s\n1m2.500s 0m0.250s\n"), 62_750);
  assertEquals(processorTime("0m0.000000s 0m0.000000s\n0m1.010000s 0m0.240000s\n"), 1250);
  assert(Number.isNaN(processorTime("")));
});

Deno.test({
  name: "processorTime() tells what a real program took",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const script = `"$@"; times`;
    const busy = "for (let end = performance.now() + 100; performance.now() < end;);";
    const args = ["-c", script, "sh", Deno.execPath(), "eval", "--no-config", busy];
    const { stdout } = await new Deno.Command("sh", { args }).output();
    assert(processorTime(new TextDecoder().decode(stdout)) > 0);
  },
});

import { assertEquals } from "@std/assert";
import { describeEnd } from "../../src/launch/exit_status.ts";

async function endOf(script: string): Promise<string> {
  const { code, signal, success } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  return describeEnd({ code, signal, success });
}

Deno.test("describeEnd() tells the exit code, or the signal where one ended it", async () => {
  assertEquals(await endOf("exit 0"), "exited with code 0");
  assertEquals(await endOf("exit 137"), "exited with code 137");
  assertEquals(await endOf("kill -KILL $$"), "was ended by SIGKILL");
});

import { assertEquals } from "@std/assert";

/**
 * What `tests/testdata/process_tree/watch_main.ts` saw in a scenario. It reads `/proc`, so it has
 * all permissions, unless others are given.
 */
// deno-lint-ignore no-explicit-any -- the tests know what they asked for
export async function watched(scenario: string, permissions: string[] = ["-A"]): Promise<any> {
  const main = new URL("../testdata/process_tree/watch_main.ts", import.meta.url);
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-prompt", ...permissions, main.href, scenario],
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(output.stderr), "");
  assertEquals(output.code, 0);
  return JSON.parse(
    new TextDecoder().decode(output.stdout),
    (_, value) => typeof value?.nano === "string" ? BigInt(value.nano) : value,
  );
}

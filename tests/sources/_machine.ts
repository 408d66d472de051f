import { assertEquals } from "@std/assert";

/**
 * What `tests/testdata/machine/machine_main.ts` printed of a scenario. It reads `/proc`, so it has
 * all permissions, unless others are given.
 */
// deno-lint-ignore no-explicit-any -- the tests know what they asked for
export async function machine(args: string[], permissions: string[] = ["-A"]): Promise<any> {
  const main = new URL("../testdata/machine/machine_main.ts", import.meta.url);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-lock", "--no-prompt", ...permissions, main.href, ...args],
    stdin: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return JSON.parse(new TextDecoder().decode(stdout));
}

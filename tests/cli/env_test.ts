import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { coldtrace } from "../_serve.ts";
import { PrivateFolder } from "../_private_folder.ts";

/** What a shell has in PYTHONPATH once it has done what `env` printed. */
async function pythonPath(printed: string, inherited?: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `${printed}\nprintf %s "$PYTHONPATH"`],
    env: inherited === undefined ? {} : { PYTHONPATH: inherited },
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("env prints what puts the probe first in PYTHONPATH, without an empty element", async () => {
  using folder = new PrivateFolder();
  const { code, stdout, stderr } = await coldtrace(["env", "--dir", folder.path]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^export PYTHONPATH='[^']+'\$\{PYTHONPATH:\+":\$PYTHONPATH"\}\n$/);
  const alone = await pythonPath(stdout, "");
  assertMatch(alone, /coldtrace-probe-[0-9a-f]{16}$/);
  assertEquals(await pythonPath(stdout, "/a:/b"), `${alone}:/a:/b`);
});

Deno.test("env refuses a folder that others can write to, and none at all", async () => {
  const shared = await Deno.makeTempDir({ prefix: "coldtrace-env-" });
  await Deno.chmod(shared, 0o777);
  const { code, stdout, stderr } = await coldtrace(["env", "--dir", shared]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, `Cannot keep the probe in '${shared}' as other users can write to`);
  await Deno.remove(shared);
  assertEquals(await coldtrace(["env"]), {
    code: 2,
    stdout: "",
    stderr: "Cannot env as 'dir' must be given: --dir DIR\n",
  });
});

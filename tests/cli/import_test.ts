import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readStart } from "../../src/read/start.ts";
import { readRun } from "../../src/runs/reader.ts";
import { PrivateFolder } from "../_private_folder.ts";
import { coldtrace, plainEnv } from "../_serve.ts";

/** A start that records itself: a process that imports, and one below it. */
const PROGRAM = `import json, decimal, subprocess, sys
subprocess.run([sys.executable, "-c", "import http.client"], check=True)`;

/** Runs Python as somebody would who has done what `env` printed. */
async function record(folder: string): Promise<void> {
  const { stdout } = await coldtrace(["env", "--dir", folder]);
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `${stdout}\nexec python3 -c "$PROGRAM"`],
    clearEnv: true,
    env: { ...plainEnv(), PROGRAM },
  }).output();
  assert(success);
}

Deno.test("import makes a run of a start that recorded itself", async () => {
  using folder = new PrivateFolder();
  await record(folder.path);
  const data = `${folder.path}/data`;
  const { code, stdout, stderr } = await coldtrace(["import", "--dir", data, folder.path]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^python3? not seen ready in .+\n/);
  const [, path = ""] = /stored in (.+)\n/.exec(stdout) ?? [];
  const { records } = await readRun(path);
  const start = readStart(records);
  assertEquals(start.ready, false);
  const modules = start.spans.map(({ attributes }) => attributes["coldtrace.import.module"]);
  assert(modules.includes("http.client") || modules.includes("decimal"), String(modules));
  const processes = new Set(start.spans.map(({ resource }) => resource.attributes["process.pid"]));
  assertEquals(processes.size, 2);
});

Deno.test("import says that there is nothing to import", async () => {
  using folder = new PrivateFolder();
  const { code, stderr } = await coldtrace(["import", folder.path]);
  assertEquals([code, stderr], [0, `No start is recorded in '${folder.path}'\n`]);
  const missing = await coldtrace(["import", `${folder.path}/missing`]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "Cannot import as 'DIR' must be a folder");
});

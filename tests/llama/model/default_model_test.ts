import { assertEquals } from "@std/assert";
import {
  DEFAULT_MODEL_FILE,
  DEFAULT_MODEL_SHA256,
  ensureDefaultModel,
} from "../../../src/llama/model/default_model.ts";

async function hashOf(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

Deno.test("ensureDefaultModel() makes the file once, and again when it is damaged", async () => {
  const root = await Deno.makeTempDir({ prefix: "coldtrace-default-" });
  try {
    const dir = `${root}/not/there/yet`;
    const path = `${dir}/${DEFAULT_MODEL_FILE}`;
    assertEquals(await ensureDefaultModel(dir), { path, made: true });
    assertEquals(await hashOf(path), DEFAULT_MODEL_SHA256);
    assertEquals(await ensureDefaultModel(dir), { path, made: false });

    await Deno.truncate(path, 1_000_000);
    assertEquals(await ensureDefaultModel(dir), { path, made: true });
    const file = await Deno.open(path, { write: true });
    await file.seek(2_000_000, Deno.SeekMode.Start);
    await file.write(Uint8Array.of(1, 2, 3));
    file.close();
    assertEquals(await ensureDefaultModel(dir), { path, made: true });
    assertEquals(await hashOf(path), DEFAULT_MODEL_SHA256);
    // A copy of a file that is whole is taken as it is.
    await Deno.copyFile(path, `${path}.copy`);
    await Deno.rename(`${path}.copy`, path);
    assertEquals(await ensureDefaultModel(dir), { path, made: false });
    assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), [DEFAULT_MODEL_FILE]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("ensureDefaultModel() is made by one of several processes, also after a crash", async () => {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-default-" });
  try {
    // What a maker that was killed leaves behind.
    await Deno.writeTextFile(`${dir}/${DEFAULT_MODEL_FILE}.part`, "half a file");
    await Deno.writeTextFile(`${dir}/${DEFAULT_MODEL_FILE}.lock`, "");
    const module = new URL("../../../src/llama/model/default_model.ts", import.meta.url).href;
    const program = `import { ensureDefaultModel } from ${JSON.stringify(module)};
      console.log((await ensureDefaultModel(${JSON.stringify(dir)})).made);`;
    const start = () =>
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--no-lock",
          `--allow-read=${dir}`,
          `--allow-write=${dir}`,
          `data:text/javascript,${encodeURIComponent(program)}`,
        ],
      }).output();
    const outputs = await Promise.all([start(), start(), start()]);
    const made = outputs.map(({ stdout }) => new TextDecoder().decode(stdout).trim());
    assertEquals(
      made.sort(),
      ["false", "false", "true"],
      new TextDecoder().decode(outputs[0].stderr),
    );
    assertEquals(await hashOf(`${dir}/${DEFAULT_MODEL_FILE}`), DEFAULT_MODEL_SHA256);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

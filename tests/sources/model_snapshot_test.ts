import { assertEquals } from "@std/assert";

const COMMIT = "7ae557604adf67be50417f59c2c2f167def9a775";

/** Asks in a process of its own, as variables are read once. */
async function asked(env: Record<string, string>, ...args: string[]): Promise<unknown> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { snapshotFacts } from ${
        JSON.stringify(new URL("../../src/sources/model_snapshot.ts", import.meta.url).href)
      };
      console.log(JSON.stringify(snapshotFacts(...Deno.args)));`,
      ...args,
    ],
    env: { ...env, NO_COLOR: "1" },
    clearEnv: false,
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("snapshotFacts() tells the commit that a model's name stands for in the hub's cache", async () => {
  const folder = await Deno.makeTempDir({ prefix: "coldtrace-hub-" });
  try {
    const refs = `${folder}/hub/models--org--tiny/refs`;
    await Deno.mkdir(`${refs}/pr`, { recursive: true });
    await Deno.writeTextFile(`${refs}/main`, COMMIT);
    await Deno.writeTextFile(`${refs}/v1`, "not a commit");
    const facts = { "coldtrace.engine.model_revision": COMMIT };
    const home = { HF_HOME: folder, HF_HUB_CACHE: "" };
    assertEquals(await asked(home, "org/tiny"), facts);
    assertEquals(await asked({ HF_HOME: "", HF_HUB_CACHE: `${folder}/hub` }, "org/tiny"), facts);
    assertEquals(await asked(home, "org/tiny", "v1"), {});
    assertEquals(await asked(home, "org/other"), {});
    assertEquals(await asked(home, "/models/tiny"), {});
    assertEquals(await asked(home, "org/tiny", COMMIT), {});
    assertEquals(await asked(home, "org/tiny", "../refs/main"), {});
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

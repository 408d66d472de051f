import { assert, assertEquals, assertMatch } from "@std/assert";
import { revisionFacts } from "../../src/sources/revision.ts";

const DEADLINE = 20_000;

function git(folder: string, ...args: string[]): string {
  const options = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
  const { success, stdout } = new Deno.Command("git", {
    args: [...options, "-C", folder, ...args],
    stderr: "null",
  }).outputSync();
  assert(success, args.join(" "));
  return new TextDecoder().decode(stdout).trim();
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "coldtrace-revision-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("revisionFacts() says which commit is checked out, and whether a file differs", async () => {
  await withFolder(async (folder) => {
    git(folder, "init", "--quiet");
    // There is no commit yet.
    assertEquals(await revisionFacts(DEADLINE, folder), {});
    await Deno.writeTextFile(`${folder}/known`, "1");
    git(folder, "add", "known");
    git(folder, "commit", "--quiet", "-m", "one");
    const revision = git(folder, "rev-parse", "HEAD");
    assertMatch(revision, /^[0-9a-f]{40}$/);
    const facts = (dirty: boolean) => ({
      "vcs.ref.head.revision": revision,
      "coldtrace.vcs.dirty": dirty,
    });
    await Deno.writeTextFile(`${folder}/unknown`, "1");
    assertEquals(await revisionFacts(DEADLINE, folder), facts(false));
    await Deno.writeTextFile(`${folder}/known`, "22");
    assertEquals(await revisionFacts(DEADLINE, folder), facts(true));
    await Deno.mkdir(`${folder}/below`);
    assertEquals(await revisionFacts(DEADLINE, `${folder}/below`), facts(true));
  });
});

Deno.test("revisionFacts() says nothing where there is no repository, or no folder", async () => {
  await withFolder(async (folder) => {
    assertEquals(await revisionFacts(DEADLINE, folder), {});
    assertEquals(await revisionFacts(DEADLINE, `${folder}/none`), {});
  });
});

Deno.test({
  name: "revisionFacts() says nothing where Git takes too long",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/git`, "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
      const path = Deno.env.get("PATH") ?? "";
      Deno.env.set("PATH", `${folder}:${path}`);
      try {
        assertEquals(await revisionFacts(50, folder), {});
      } finally {
        Deno.env.set("PATH", path);
      }
    });
  },
});

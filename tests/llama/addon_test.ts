import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { addonPlatform, explainLoadError, resolveAddon } from "../../src/llama/addon.ts";

const LOCK = new URL("../../deno.lock", import.meta.url);

async function withFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-addon-" });
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("addonPlatform() names the package of each machine that has one", () => {
  const platforms = [
    ["linux", "x86_64", "x86_64-unknown-linux-gnu", "linux-x64"],
    ["linux", "aarch64", "aarch64-unknown-linux-gnu", "linux-arm64"],
    ["darwin", "x86_64", "x86_64-apple-darwin", "mac-x64"],
    ["darwin", "aarch64", "aarch64-apple-darwin", "mac-arm64-metal"],
    ["windows", "x86_64", "x86_64-pc-windows-msvc", "win-x64"],
    ["windows", "aarch64", "aarch64-pc-windows-msvc", "win-arm64"],
  ] as const;
  for (const [os, arch, target, platform] of platforms) {
    assertEquals(addonPlatform({ os, arch, target }), platform);
  }
});

Deno.test("addonPlatform() says what to use where there is none", () => {
  const machines = [
    [{ os: "freebsd", arch: "x86_64", target: "x86_64-unknown-freebsd" }, "freebsd x86_64"],
    [
      { os: "linux", arch: "x86_64", target: "x86_64-unknown-linux-musl" },
      "linux x86_64 with musl",
    ],
  ] as const;
  for (const [build, name] of machines) {
    const { message } = assertThrows(() => addonPlatform(build), Error);
    assertEquals(
      message,
      `Cannot load llama.cpp as there is no prebuilt addon for this machine (${name}): ` +
        "use Linux with glibc, macOS or Windows, on x86_64 or aarch64",
    );
  }
});

Deno.test("resolveAddon() finds the folder, remembers it, and leaves deno.lock alone", async () => {
  await withFolder(async (dir) => {
    const lock = await Deno.readTextFile(LOCK);
    const addon = await resolveAddon(`${dir}/data`);
    assertEquals(addon.remembered, false);
    assertEquals(addon.file, `${addon.folder}/llama-addon.node`);
    assert(Deno.statSync(addon.file).isFile);
    assertMatch(addon.folder, new RegExp(`3\\.21\\.1.bins.${addonPlatform()}$`));

    assertEquals(await resolveAddon(`${dir}/data`), { ...addon, remembered: true });
    assertEquals(await Deno.readTextFile(LOCK), lock);
    assert(!lock.includes("@node-llama-cpp"), "each platform would download every other's addon");
  });
});

Deno.test("resolveAddon() looks again when what it remembers is gone, broken or of another version", async () => {
  await withFolder(async (dir) => {
    const { folder } = await resolveAddon(dir);
    const bins = folder.slice(0, folder.lastIndexOf("/"));
    const memories = [
      "{",
      JSON.stringify({ version: "3.21.1", bins: `${dir}/gone` }),
      JSON.stringify({ version: "3.0.0", bins }),
    ];
    for (const memory of memories) {
      await Deno.writeTextFile(`${dir}/addon.json`, memory);
      const addon = await resolveAddon(dir);
      assertEquals([addon.folder, addon.remembered], [folder, false]);
    }
    assertEquals((await resolveAddon(dir)).remembered, true);
  });
});

Deno.test("resolveAddon() works where nothing can be remembered", async () => {
  await withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/a file`, "");
    const { remembered } = await resolveAddon(`${dir}/a file/data`);
    assertEquals(remembered, false);
  });
});

Deno.test("resolveAddon() says what to do when the package cannot be downloaded", async () => {
  await withFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/a file`, "");
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const offline = {
      DENO_DIR: `${dir}/deno`,
      NPM_CONFIG_REGISTRY: `http://user:s3cret@127.0.0.1:${port}/`,
    };
    const cases: [Record<string, string>, RegExp][] = [
      [offline, /run 'deno cache npm:@node-llama-cpp\/.*@3\.21\.1' where there is a network \(/],
      [{ DENO_DIR: `${dir}/a file/deno` }, /set DENO_DIR to a folder that can be written \(/],
    ];
    for (const [env, expected] of cases) {
      const { message } = await assertRejects(() => resolveAddon(dir, { env }), Error);
      assertMatch(message, /^Cannot load llama\.cpp as npm:@node-llama-cpp\/[^\n]*$/);
      assertMatch(message, expected);
      assert(!message.includes("s3cret"), message);
    }
  });
});

Deno.test("resolveAddon() ends with the signal's reason", async () => {
  await withFolder(async (dir) => {
    const reason = new Error("enough");
    const error = await assertRejects(() =>
      resolveAddon(dir, { signal: AbortSignal.abort(reason) })
    );
    assertEquals(error, reason);
  });
});

Deno.test("explainLoadError() says what to do about what the system's loader says", () => {
  const cases = [
    ["/lib/libm.so.6: version `GLIBC_2.34' not found (required by libllama.so)", "too old for it"],
    ["/lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found", "too old for it"],
    ["Error relocating llama-addon.node: fcntl64: symbol not found", "has no glibc"],
    ["libstdc++.so.6: cannot open shared object file", "install libstdc++6"],
    ["llama-addon.node: invalid ELF header", "remove its package from Deno's cache"],
  ];
  for (const [said = "", expected = ""] of cases) {
    const line = explainLoadError(new TypeError(`${said}\n  path: /x/llama-addon.node`));
    assert(line.startsWith("Cannot load llama.cpp as ") && line.includes(expected), line);
    assert(line.endsWith(`(${said})`) && !line.includes("\n"), line);
  }
});

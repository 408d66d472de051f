import { assert, assertEquals, assertMatch } from "@std/assert";
import { plotOf } from "../../src/read/plot/plot.ts";
import { plotPage } from "../../src/show/plot/page.ts";
import { plotReport } from "../../src/show/plot_json.ts";
import { type Stored, stored } from "../show/_starts.ts";
import type { Call } from "./_coldtrace.ts";

const MAIN = decodeURIComponent(new URL("../../src/cli/main.ts", import.meta.url).pathname);
const ID = "20261123-213400-000-good";

function pathOf(name: Stored): string {
  const url = new URL(`../testdata/starts/${name}.otlp.jsonl`, import.meta.url);
  return decodeURIComponent(url.pathname);
}

/** A folder to write to, with a data directory that has one run. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "coldtrace-plot-" }));
  try {
    await Deno.mkdir(`${folder}/data/runs`, { recursive: true });
    await Deno.copyFile(pathOf("ready"), `${folder}/data/runs/${ID}.otlp.jsonl`);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Calls `plot` in a folder, with the permissions of the task. */
async function plot(folder: string, args: string[], env: Record<string, string> = {}) {
  const allow = ["run", "read", "write", "env"].map((name) => `--allow-${name}`);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...allow, MAIN, "plot", ...args],
    cwd: folder,
    env: { COLDTRACE_DIR: `${folder}/data`, ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) } satisfies Call;
}

Deno.test("plot writes the latest run to a file that is called after it", async () => {
  await inFolder(async (folder) => {
    const file = `coldtrace-${ID}.html`;
    assertEquals(await plot(folder, []), { code: 0, stdout: `Wrote ${file}\n`, stderr: "" });
    const page = await Deno.readTextFile(`${folder}/${file}`);
    assertEquals(page, await plotPage([plotOf(stored("ready")[0])]));
    // It may be looked at only by whom the run is theirs.
    if (Deno.build.os !== "windows") {
      assertEquals((Deno.statSync(`${folder}/${file}`).mode ?? 0) & 0o777, 0o600);
    }
  });
});

Deno.test("plot calls the file of a trace that is not stored after the trace", async () => {
  await inFolder(async (folder) => {
    const { stdout } = await plot(folder, [pathOf("vllm")]);
    assertEquals(stdout, `Wrote coldtrace-${stored("vllm")[0].traceId}.html\n`);
  });
});

Deno.test("plot -o - prints the page, and --with draws a second run", async () => {
  await inFolder(async (folder) => {
    const call = await plot(folder, [pathOf("died"), "--with", ID, "-o", "-"]);
    const plots = [plotOf(stored("died")[0]), plotOf(stored("ready")[0])];
    assertEquals(call, { code: 0, stdout: await plotPage(plots), stderr: "" });
  });
});

Deno.test("plot --json prints what it draws", async () => {
  await inFolder(async (folder) => {
    const { code, stdout } = await plot(folder, ["--json", pathOf("died")]);
    assertEquals([code, JSON.parse(stdout)], [0, plotReport([plotOf(stored("died")[0])])]);
  });
});

Deno.test({
  name: "plot --open opens the file, and says where it is where nothing does",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      const bin = `${folder}/bin`;
      await Deno.mkdir(bin);
      const none = await plot(folder, ["--open", "-o", "a b.html"], { PATH: bin });
      const where = `file://${folder}/a%20b.html`;
      const stdout = `Wrote a b.html, but nothing here opens it: ${where}\n`;
      assertEquals(none, { code: 0, stdout, stderr: "" });
      const opener = (script: string) =>
        Deno.writeTextFile(`${bin}/xdg-open`, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
      await opener(`echo "$1" > "${folder}/opened"`);
      const opened = await plot(folder, ["--open", "-o", "b.html"], { PATH: bin });
      assertEquals(opened.stdout, "Wrote b.html\n");
      assertEquals(await Deno.readTextFile(`${folder}/opened`), `${folder}/b.html\n`);
      await opener("exit 3");
      const { stdout: failed } = await plot(folder, ["--open"], { PATH: bin });
      assertMatch(failed, /but nothing here opens it: file:\/\//);
    }),
});

Deno.test("plot fails with one line and 2 on what makes no sense", async () => {
  await inFolder(async (folder) => {
    const attempts: [string[], RegExp][] = [
      [["--json", "--open"], /^Cannot plot as 'json' prints: leave out --output and --open\n$/],
      [["--json", "-o", "x"], /^Cannot plot as 'json' prints: /],
      [
        ["--open", "-o", "-"],
        /^Cannot plot as 'open' needs a file: current value of 'output' is -\n$/,
      ],
      [["-o", `${folder}/none/x.html`], /^Cannot plot as 'output' cannot be written: .+\n$/],
      [["--with", "nope"], /^Cannot read run 'nope' as .+\n$/],
      [["nope"], /^Cannot read run 'nope' as .+\n$/],
    ];
    for (const [args, expected] of attempts) {
      const { code, stdout, stderr } = await plot(folder, args);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, expected);
    }
    assert([...Deno.readDirSync(folder)].every(({ name }) => name === "data"), "nothing written");
  });
});

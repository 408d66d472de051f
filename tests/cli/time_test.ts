import { assertEquals, assertMatch } from "@std/assert";
import { groups } from "../../src/read/rows.ts";
import { timeReport } from "../../src/show/time_json.ts";
import { timeText } from "../../src/show/time_text.ts";
import { stored } from "../show/_starts.ts";
import { coldtrace } from "./_coldtrace.ts";

const STARTS = new URL("../testdata/starts/", import.meta.url);

async function read(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`${name}.otlp.jsonl`, STARTS));
}

/** A data directory with two runs, the newer one of a coldtrace that was killed. */
async function withRuns(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-time-" });
  try {
    await Deno.mkdir(`${dir}/runs`);
    const runs = { "20261123-213400-000-good": "ready", "20261123-213500-000-dead": "killed" };
    for (const [id, name] of Object.entries(runs)) {
      await Deno.writeTextFile(`${dir}/runs/${id}.otlp.jsonl`, await read(name));
    }
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("time prints a file's start as text", async () => {
  const path = decodeURIComponent(new URL("ready.otlp.jsonl", STARTS).pathname);
  const stdout = timeText(...stored("ready"));
  assertEquals(await coldtrace(["time", path]), { code: 0, stdout, stderr: "" });
});

Deno.test("time --json prints what comes from stdin as JSON", async () => {
  const call = await coldtrace(["time", "-", "--json"], { stdin: await read("died") });
  assertEquals([call.code, call.stderr], [0, ""]);
  assertEquals(JSON.parse(call.stdout), timeReport(...stored("died")));
});

Deno.test("time says how to read the others of a file that has several starts", async () => {
  const dir = await Deno.makeTempDir({ prefix: "coldtrace-time-" });
  try {
    const path = `${dir}/two.otlp`;
    await Deno.writeTextFile(path, await read("ready") + await read("died"));
    const stderr = `Read the first of 2 starts in '${path}': ${path}#2 is the other\n`;
    const [first, second] = [timeText(...stored("died")), timeText(...stored("ready"))];
    assertEquals(await coldtrace(["time", path]), { code: 0, stdout: first, stderr });
    assertEquals(await coldtrace(["time", `${path}#2`]), { code: 0, stdout: second, stderr: "" });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("time --by groups by one thing, and leaves the rows of its JSON as they are", async () => {
  const path = decodeURIComponent(new URL("ready.otlp.jsonl", STARTS).pathname);
  const [start, rows] = stored("ready");
  for (const by of ["phase", "process", "source", "package"] as const) {
    const grouped = groups(start, by);
    const text = await coldtrace(["time", path, "--by", by]);
    assertEquals(text, { code: 0, stdout: timeText(start, grouped), stderr: "" });
    const { stdout } = await coldtrace(["time", path, "--by", by, "--json"]);
    const report = JSON.parse(stdout);
    assertEquals(report, timeReport(start, rows, { by, groups: grouped }));
    const { by: named, groups: _, ...rest } = report;
    assertEquals([named, rest], [by, timeReport(start, rows)]);
  }
  const stderr = "Cannot time as 'by' must be phase, process, source or package: " +
    "current value is pid\n";
  assertEquals(await coldtrace(["time", path, "--by", "pid"]), { code: 2, stdout: "", stderr });
});

Deno.test("time finds runs by id, by its beginning, and the latest", async () => {
  await withRuns(async (dir) => {
    const expected = { code: 0, stdout: timeText(...stored("ready")), stderr: "" };
    const id = "20261123-213400-000-good";
    assertEquals(await coldtrace(["time", id, "--dir", dir]), expected);
    assertEquals(await coldtrace(["time", `--dir=${dir}`, "20261123-2134"]), expected);
    const latest = await coldtrace(["time"], { env: { COLDTRACE_DIR: dir } });
    assertEquals(latest.code, 0);
    // Its root never came to say so.
    assertMatch(latest.stdout, /\nrun 20261123-213500-000-dead\n$/);
  });
});

Deno.test("time reads on when a crash has cut off the last line", async () => {
  const whole = await read("ready");
  const call = await coldtrace(["time", "-"], { stdin: `${whole}{"resourceSpans":[{"reso` });
  assertEquals([call.code, call.stdout], [0, timeText(...stored("ready"))]);
  assertEquals(call.stderr, "Skipped the last line of run '-' as it is cut off\n");
});

Deno.test("time fails with one line and 2 when there is nothing to read", async () => {
  await withRuns(async (dir) => {
    const attempts: [string[], RegExp][] = [
      [["nope", "--dir", dir], /^Cannot read run 'nope' as .+\n$/],
      [["2026", "--dir", dir], /^Cannot read run '2026' as it must name one run: .+\n$/],
      [["--dir", `${dir}/none`], /^Cannot read the latest run as .+ holds none: .+\n$/],
      [[`${dir}/nope.jsonl`], /^Cannot read run '.+nope\.jsonl' as it cannot be opened: .+\n$/],
    ];
    for (const [args, expected] of attempts) {
      const { code, stdout, stderr } = await coldtrace(["time", ...args]);
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, expected);
    }
    for (const stdin of ["", "hello\n", '{"resourceSpans":"x"}\n', '{"resourceSpans":[]}\n']) {
      const { code, stdout, stderr } = await coldtrace(["time", "-"], { stdin });
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, /^Cannot read run '-|^Cannot read run 'stdin/);
      assertEquals(stderr.split("\n").length, 2);
    }
  });
});

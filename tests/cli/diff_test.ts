import { assert, assertEquals, assertMatch } from "@std/assert";
import type { DiffReport } from "../../src/show/diff_json.ts";
import { type SimulatedRun, taken, withRuns } from "./_simulated_runs.ts";
import { coldtrace } from "./_coldtrace.ts";

const BASE: SimulatedRun = {
  label: "base",
  phases: { import: 8, weights: 3 },
  attributes: { "coldtrace.engine.model": "m", "process.command_args": ["vllm", "serve", "m"] },
};
const EAGER: SimulatedRun = {
  label: "eager",
  phases: { import: 8, weights: 1 },
  attributes: {
    "coldtrace.engine.model": "m",
    "process.command_args": ["vllm", "serve", "m", "--enforce-eager"],
  },
};

Deno.test("diff compares all the starts of two labels", async () => {
  await withRuns(taken(6, BASE, EAGER), async (dir) => {
    const { code, stdout, stderr } = await coldtrace(["diff", "base", "eager", "--dir", dir]);
    assertEquals([code, stderr], [0, ""]);
    assertMatch(
      stdout,
      /^total 11\.02 s -> 9\.02 s: improved by 2\.00 s \(18 %\), p = 0\.002, n = 6 \+ 6\n\ndiffers: --enforce-eager only in eager\n/,
    );
    assertMatch(stdout, /^ {2}weights \(engine\) .+ improved$/m);
    assert(!stdout.includes("import"));
    const json = await coldtrace(["diff", "base", "eager", "--json", "--dir", dir]);
    const report: DiffReport = JSON.parse(json.stdout);
    assertEquals([report.version, report.verdict, report.a.runs.length], [1, "improved", 6]);
  });
});

Deno.test("diff takes ids, several with commas, files and baseline files, and says the same", async () => {
  await withRuns(taken(6, BASE, EAGER), async (dir) => {
    const expected = (await coldtrace(["diff", "base", "eager", "--json", "--dir", dir])).stdout;
    const { a, b, ...rest }: DiffReport = JSON.parse(expected);
    const file = `${dir}/base.jsonl`;
    await Deno.writeTextFile(file, (await coldtrace(["baseline", "base", "--dir", dir])).stdout);
    const paths = b.runs.map((id) => `${dir}/runs/${id}.otlp.jsonl`).join(",");
    for (const [left, right] of [[a.runs.join(","), "eager"], [file, paths]] as const) {
      const call = await coldtrace(["diff", left, right, "--json", "--dir", dir]);
      const report: DiffReport = JSON.parse(call.stdout);
      assertEquals({ ...report, a, b }, { ...rest, a, b });
      assertEquals([report.a.runs, report.b.runs], [a.runs, b.runs]);
    }
    const read = (stdin: string) =>
      coldtrace(["diff", "-", "eager", "--json", "--dir", dir], { stdin });
    for (
      const stdin of [
        await Deno.readTextFile(file),
        a.runs.map((id) => Deno.readTextFileSync(`${dir}/runs/${id}.otlp.jsonl`)).join(""),
      ]
    ) {
      const report: DiffReport = JSON.parse((await read(stdin)).stdout);
      assertEquals({ ...report, a, b }, { ...rest, a, b });
    }
    const [left = "", right = ""] = [a.runs[0], b.runs[0]];
    const single = await coldtrace(["diff", left, right, "--dir", dir]);
    assertMatch(single.stdout, /^total .+ shorter by .+, n = 1 \+ 1\n/);
  });
});

Deno.test("diff takes single starts of a file, of a baseline file and of stdin", async () => {
  await withRuns(taken(2, BASE, EAGER), async (dir) => {
    const of = async (...args: string[]) => (await coldtrace([...args, "--dir", dir])).stdout;
    const [file, baseline] = [`${dir}/all.jsonl`, `${dir}/baseline.jsonl`];
    await Deno.writeTextFile(file, await of("export", "base,eager", "--to", "otlp"));
    await Deno.writeTextFile(baseline, await of("baseline", "base,eager"));
    const stdin = await Deno.readTextFile(file);
    const diff = async (a: string, b: string): Promise<DiffReport> =>
      JSON.parse((await coldtrace(["diff", a, b, "--json", "--dir", dir], { stdin })).stdout);
    const [one, two, three] = ["20261128-100000", "20261128-100001", "20261128-100002"]
      .map((id) => `${id}-000-test`);
    for (const name of [file, baseline]) {
      const { a, b } = await diff(`${name}#1`, `${name}#2`);
      assertEquals([a.runs, b.runs], [[one], [two]]);
    }
    const { a, b } = await diff(`${file}#3,${file}#1`, `${two},-#2`);
    assertEquals([a.runs, b.runs], [[one, three], [two]]);
  });
});

Deno.test("diff has a reason and no verdict when the starts were taken in blocks", async () => {
  const runs = [...taken(6, BASE), ...taken(6, EAGER)];
  await withRuns(runs, async (dir) => {
    const { code, stdout } = await coldtrace(["diff", "base", "eager", "--dir", dir]);
    assertEquals(code, 0);
    assertMatch(stdout, /^No verdict: the runs were taken in blocks, not in turn/m);
    assert(!/improved|regressed/.test(stdout));
  });
});

Deno.test("diff refuses what must be equal and is not, in one line, unless mixing is allowed", async () => {
  const other = { ...EAGER, attributes: { ...EAGER.attributes, "coldtrace.engine.model": "n" } };
  await withRuns([...taken(6, BASE, other)], async (dir) => {
    const refused = await coldtrace(["diff", "base", "eager", "--dir", dir]);
    assertEquals(refused, {
      code: 2,
      stdout: "",
      stderr: "Cannot diff 'base' and 'eager' as 'model' (m and n) must be equal: " +
        "give --allow-mixed if it is meant\n",
    });
    const mixed = await coldtrace(["diff", "base", "eager", "--allow-mixed", "--dir", dir]);
    assertEquals(mixed.code, 0);
    assertMatch(mixed.stdout, /^mixed: model$/m);
  });
});

Deno.test("diff advises to warm when the first start of a side filled the compile cache", async () => {
  const runs = taken(6, BASE, EAGER).map((run, i) => ({
    ...run,
    attributes: {
      ...run.attributes,
      ...(run.label === "base" && { "coldtrace.engine.compile_cache": i === 0 ? "miss" : "hit" }),
    },
  }));
  await withRuns(runs, async (dir) => {
    const refused = await coldtrace(["diff", "base", "eager", "--dir", dir]);
    assertEquals(refused, {
      code: 2,
      stdout: "",
      stderr: "Cannot diff 'base' and 'eager' as 'compile cache' (miss and hit within base) must " +
        "be equal: take them with run --warm, or give --allow-mixed if it is meant\n",
    });
  });
});

Deno.test("diff leaves out starts that died, and says so", async () => {
  const dead: SimulatedRun = { ...EAGER, died: true, phases: { import: 1 } };
  await withRuns([...taken(6, BASE, EAGER), dead], async (dir) => {
    const { stdout } = await coldtrace(["diff", "base", "eager", "--dir", dir]);
    assertMatch(stdout, /, n = 6 \+ 6\n/);
    assertMatch(stdout, /^left out of eager: 1 that did not become ready, or not yet$/m);
  });
});

Deno.test("diff fails with one line and 2 when it makes no sense", async () => {
  const dead: SimulatedRun = { label: "dead", phases: { import: 1 }, died: true };
  await withRuns([...taken(1, BASE, EAGER), dead], async (dir) => {
    await Deno.writeTextFile(`${dir}/bad.jsonl`, '{"coldtrace_vector":1}\n');
    await Deno.writeTextFile(`${dir}/empty.jsonl`, "");
    const { stdout } = await coldtrace(["baseline", "base,eager", "--dir", dir]);
    await Deno.writeTextFile(`${dir}/base.jsonl`, stdout);
    const attempts: [string[], RegExp][] = [
      [[], /^Cannot diff as 'A' must be given\n$/],
      [["base"], /^Cannot diff as 'B' must be given\n$/],
      [["base", "nope"], /^Cannot read run 'nope' as .+\n$/],
      [["base", "base"], /^Cannot diff as run '.+' is on both sides\n$/],
      [["base", "dead"], /^Cannot diff as no start of 'dead' became ready\n$/],
      [
        ["base", `${dir}/bad.jsonl`],
        /^Cannot read baseline '.+' as line 1 must have a text 'run'\n$/,
      ],
      [
        [`${dir}/base.jsonl#1`, `${dir}/base.jsonl#3`],
        /^Cannot read run '.+#3' as the number of a start must be 1 to 2: current value is 3\n$/,
      ],
      [["base", `${dir}/empty.jsonl`], /^Cannot read run '.+' as .+: it is empty\n$/],
      [
        ["base", "eager", "--min-change", "5"],
        /^Cannot diff as 'min-change' must be .+: current value is 5\n$/,
      ],
      [
        ["base", "eager", "--min-time", "soon"],
        /^Cannot diff as 'min-time' must be .+: current value is soon\n$/,
      ],
    ];
    for (const [args, expected] of attempts) {
      const { code, stdout, stderr } = await coldtrace(["diff", ...args, "--dir", dir]);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, expected);
    }
  });
});

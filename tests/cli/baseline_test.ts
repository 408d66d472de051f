import { assertEquals, assertMatch } from "@std/assert";
import { readBaseline } from "../../src/read/comparison/baseline.ts";
import { coldtrace } from "./_coldtrace.ts";
import { type SimulatedRun, taken, withRuns } from "./_simulated_runs.ts";

const BASE: SimulatedRun = {
  label: "base",
  phases: { import: 8, weights: 3 },
  attributes: { "host.name": "build-7", "coldtrace.series": "s", "coldtrace.series.number": 1 },
};

Deno.test("baseline writes raw runs, the same each time, without the host's name", async () => {
  await withRuns(taken(3, BASE), async (dir) => {
    const path = `${dir}/base.jsonl`;
    const args = ["baseline", "base", "--dir", dir];
    const call = await coldtrace(args);
    assertEquals([call.code, call.stderr], [0, ""]);
    const runs = readBaseline(call.stdout);
    assertEquals(runs.map(({ series, ready, rows }) => [series?.id, ready, rows.length]), [
      ["s", true, 2],
      ["s", true, 2],
      ["s", true, 2],
    ]);
    assertEquals(call.stdout.includes("build-7"), false);
    const allow = ["--allow-write"];
    assertEquals((await coldtrace([...args, "-o", path], { allow })).code, 0);
    assertEquals(await Deno.readTextFile(path), call.stdout);
    // What is read of a baseline is that baseline.
    assertEquals((await coldtrace(["baseline", path])).stdout, call.stdout);
  });
});

Deno.test("baseline keeps what it has read of stored runs until they change or go", async () => {
  await withRuns(taken(2, BASE), async (dir) => {
    const kept = () => [...Deno.readDirSync(`${dir}/vectors`)].map(({ name }) => name).sort();
    const baseline = async () => {
      const call = await coldtrace(["baseline", "base", "--dir", dir], {
        allow: ["--allow-write"],
      });
      return call.stdout;
    };
    const before = await baseline();
    const [first = "", second = ""] = kept();
    assertEquals([first, second], [
      "20261128-100000-000-test.jsonl",
      "20261128-100001-000-test.jsonl",
    ]);
    // It is read from there,
    const file = `${dir}/vectors/${first}`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replaceAll('"weights"', '"loads"'));
    assertMatch(await baseline(), /"loads"/);
    // unless it is broken,
    await Deno.writeTextFile(file, "broken");
    assertEquals(await baseline(), before);
    // or the run has become another,
    await Deno.writeTextFile(file, text.replaceAll('"weights"', '"loads"'));
    const run = `${dir}/runs/20261128-100000-000-test.otlp.jsonl`;
    await Deno.writeTextFile(run, `${await Deno.readTextFile(run)}\n`);
    assertEquals(await baseline(), before);
    // and of a run that is gone nothing is kept.
    await Deno.remove(`${dir}/runs/20261128-100001-000-test.otlp.jsonl`);
    await Deno.writeTextFile(run, `${await Deno.readTextFile(run)}\n`);
    await baseline();
    assertEquals(kept(), [first]);
  });
});

Deno.test("baseline fails with one line and 2 when there is nothing to read or no place", async () => {
  await withRuns(taken(1, BASE), async (dir) => {
    const attempts: [string[], RegExp][] = [
      [[], /^Cannot baseline as 'RUNS' must be given\n$/],
      [["nope"], /^Cannot read run 'nope' as .+\n$/],
      [["base", "-o", `${dir}/no/where`], /^Cannot baseline as 'output' cannot be written: .+\n$/],
    ];
    for (const [args, expected] of attempts) {
      const call = await coldtrace(["baseline", ...args, "--dir", dir], {
        allow: ["--allow-write"],
      });
      assertEquals([call.code, call.stdout], [2, ""]);
      assertMatch(call.stderr, expected);
    }
  });
});

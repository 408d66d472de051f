import { assert, assertEquals, assertMatch } from "@std/assert";
import type { GateReport, SelfTestReport } from "../../src/show/gate_json.ts";
import { type SimulatedRun, taken, withRuns } from "./_simulated_runs.ts";
import { coldtrace } from "./_coldtrace.ts";

const BASE: SimulatedRun = { label: "base", phases: { import: 8, weights: 3 } };
const SLOW: SimulatedRun = { label: "slow", phases: { import: 8, weights: 6 } };
const SAME: SimulatedRun = { label: "same", phases: { import: 8, weights: 3 } };

Deno.test("gate exits 0 when nothing is slower, 1 when something is, 3 when nobody can tell", async () => {
  const late: SimulatedRun = { ...SAME, label: "late" };
  const runs = [...taken(7, BASE, SLOW, SAME), ...taken(7, late)];
  await withRuns(runs, async (dir) => {
    const gate = (...args: string[]) => coldtrace(["gate", ...args, "--dir", dir]);
    const same = await gate("base", "same");
    assertEquals([same.code, same.stderr], [0, ""]);
    assertMatch(same.stdout, /^gate: pass\n\ntotal .+: same, .+, n\s= 6 \+ 6\n/);
    assertEquals((await gate("slow", "base")).code, 0);
    const slow = await gate("base", "slow");
    assertEquals(slow.code, 1);
    assertMatch(slow.stdout, /^gate: regressed \(total regressed, and 1 more\)\nalso: .+\n/);
    const blocks = await gate("base", "late");
    assertEquals(blocks.code, 3);
    assertMatch(blocks.stdout, /^gate: inconclusive \(no verdict can be given\)\n/);
  });
});

Deno.test("gate holds budgets against starts, of options and of a file", async () => {
  await withRuns(taken(7, BASE, SLOW), async (dir) => {
    const gate = async (...args: string[]) =>
      (await coldtrace(["gate", "base", "slow", "--min-change", "90%", ...args, "--dir", dir]))
        .code;
    await Deno.writeTextFile(`${dir}/budgets.json`, '{"total": "+50%", "weights": "+2s"}');
    assertEquals(await gate("--max", "total=+50%", "--max", "weights=+5s"), 0);
    assertEquals(await gate("--max", "total=+5%"), 1);
    assertEquals(await gate("--budgets", `${dir}/budgets.json`), 1);
    // What is said on the command line counts more.
    assertEquals(await gate("--budgets", `${dir}/budgets.json`, "--max", "weights=+4s"), 0);
  });
  // Of 4 + 4 none is significant once the first pair is gone.
  await withRuns(taken(4, BASE, SLOW), async (dir) => {
    const call = await coldtrace(["gate", "base", "slow", "--max", "total=+5%", "--dir", dir]);
    assertEquals(call.code, 3);
    assertMatch(call.stdout, /^ {2}total .+ unclear$/m);
  });
});

Deno.test("gate exits 1 for a phase that is new, and 0 for one that has a new name", async () => {
  const added: SimulatedRun = { label: "added", phases: { import: 8, weights: 3, graphs: 1 } };
  const renamed: SimulatedRun = { label: "renamed", phases: { import: 8, load: 3 } };
  await withRuns(taken(7, BASE, added, renamed), async (dir) => {
    const gate = (...args: string[]) =>
      coldtrace(["gate", "base", ...args, "--min-change", "20%", "--dir", dir]);
    const { code, stdout } = await gate("added");
    assertEquals(code, 1);
    assertMatch(stdout, /^gate: regressed \(graphs( of \w+)? appeared\)\n/);
    assertEquals((await gate("renamed")).code, 0);
  });
});

Deno.test("gate refuses a budget that is there twice", async () => {
  await withRuns(taken(7, BASE, SAME), async (dir) => {
    const gate = (...args: string[]) => coldtrace(["gate", "base", "same", ...args, "--dir", dir]);
    const options = await gate("--max", "total=+1%", "--max", "total=+90%");
    assertEquals([options.code, options.stdout], [2, ""]);
    assertEquals(
      options.stderr,
      "Cannot gate as 'max' must have one budget for each name: current value is total twice\n",
    );
    const path = `${dir}/budgets.json`;
    await Deno.writeTextFile(path, '{"total": "+1%", "we\\u0069ghts": "+1s", "weights" : "+2s"}');
    const file = await gate("--budgets", path);
    assertEquals([file.code, file.stdout], [2, ""]);
    assertEquals(
      file.stderr,
      `Cannot gate as '${path}' must have one budget for each name: 'weights' is there twice\n`,
    );
    await Deno.writeTextFile(path, '{"total": "+90%"}');
    assertEquals((await gate("--budgets", path, "--max", "total=+95%")).code, 0);
  });
});

Deno.test("gate exits 3, with its summary written, when no new start became ready", async () => {
  const dead: SimulatedRun = { label: "dead", phases: { import: 1 }, died: true };
  await withRuns(taken(7, BASE, dead), async (dir) => {
    const path = `${dir}/summary.md`;
    const args = ["gate", "base", "dead", "--max", "total=+5%", "--markdown", path, "--dir", dir];
    const { code, stdout, stderr } = await coldtrace(args, { allow: ["--allow-write"] });
    assertEquals([code, stderr], [3, ""]);
    assertMatch(stdout, /^gate: inconclusive \(7 of 7 starts of dead did not become ready/);
    assertMatch(await Deno.readTextFile(path), /^### gate: inconclusive \(7 of 7 starts/);
    const report: GateReport = JSON.parse(
      (await coldtrace([...args.slice(0, 5), ...args.slice(7), "--json"])).stdout,
    );
    assertEquals([report.diff.no_verdict, report.budgets[0]?.b_ns], ["none", null]);
    const turned = await coldtrace(["gate", "dead", "base", "--dir", dir]);
    assertEquals([turned.code, turned.stdout], [2, ""]);
    assertMatch(turned.stderr, /^Cannot gate as no start of 'dead' became ready: .+\n$/);
  });
});

Deno.test("gate --self-test refuses a series that is not alike, unless mixing is allowed", async () => {
  const [one, other] = ["m", "n"].map((model) => ({
    ...BASE,
    attributes: { "coldtrace.engine.model": model },
  }));
  await withRuns(taken(5, one ?? BASE, other ?? BASE), async (dir) => {
    const args = ["gate", "--self-test", "base", "--dir", dir];
    const refused = await coldtrace(args);
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertMatch(
      refused.stderr,
      /^Cannot gate 'base' as 'model' \(m and n within base\) must be equal: give --allow-mixed/,
    );
    assertEquals((await coldtrace([...args, "--allow-mixed"])).code, 0);
  });
});

Deno.test("gate --json prints a report", async () => {
  await withRuns(taken(7, BASE, SLOW), async (dir) => {
    const call = await coldtrace([
      "gate",
      "base",
      "slow",
      "--json",
      "--max",
      "total=+1s",
      "--dir",
      dir,
    ]);
    const report: GateReport = JSON.parse(call.stdout);
    assertEquals([call.code, report.version, report.outcome], [1, 1, "regressed"]);
    assertEquals(report.budgets.map(({ verdict }) => verdict), ["exceeded"]);
    assertEquals(report.diff.a.runs.length, 6);
  });
});

Deno.test("gate --markdown writes a summary besides", async () => {
  await withRuns(taken(7, BASE, SLOW), async (dir) => {
    const path = `${dir}/summary.md`;
    const args = ["gate", "base", "slow", "--markdown", path, "--dir", dir];
    const { code, stdout } = await coldtrace(args, { allow: ["--allow-write"] });
    assertEquals(code, 1);
    assertMatch(stdout, /^gate: regressed/);
    assertMatch(await Deno.readTextFile(path), /^### gate: regressed \(/);
    const nowhere = await coldtrace([...args, "--markdown", `${dir}/no/where.md`], {
      allow: ["--allow-write"],
    });
    assertEquals([nowhere.code, nowhere.stdout], [2, ""]);
    assertMatch(nowhere.stderr, /^Cannot gate as 'markdown' cannot be written: .+\n$/);
  });
});

Deno.test("gate --self-test says how often it is wrong about one series", async () => {
  await withRuns(taken(14, BASE), async (dir) => {
    const args = ["gate", "--self-test", "base", "--dir", dir];
    const { code, stdout } = await coldtrace(args);
    assertEquals(code, 0);
    assertMatch(stdout, /^false alarms: \d+ of 1000 random splits into 6 \+ 6 \(\d\.\d %\)/);
    const report: SelfTestReport = JSON.parse((await coldtrace([...args, "--json"])).stdout);
    assertEquals([report.version, report.splits, report.runs], [1, 1000, 6]);
    assert(report.false_alarm_rate <= 0.05);
  });
});

Deno.test("gate fails with one line and 2 when it makes no sense", async () => {
  await withRuns([...taken(7, BASE, SLOW), { ...SAME, label: "one" }], async (dir) => {
    const file = `${dir}/budgets.json`;
    await Deno.writeTextFile(file, '{"total": 5}');
    const both = ["base", "slow"];
    const attempts: [string[], RegExp][] = [
      [["base"], /^Cannot gate as 'NEW' must be given\n$/],
      [
        ["base", "one"],
        /^Cannot gate as only 1 start of 'one' became ready: it takes at least 2\n$/,
      ],
      [
        [...both, "--max", "total"],
        /^Cannot gate as 'max' must be NAME=\+MORE, .+: current value is total\n$/,
      ],
      [
        [...both, "--max", "total=5%"],
        /^Cannot gate as the budget of 'total' must be like .+: current value is 5%\n$/,
      ],
      [
        [...both, "--max", "wieghts=+2s"],
        /^Cannot gate as no start has 'wieghts' .+: did you mean 'weights'\?\n$/,
      ],
      [[...both, "--budgets", file], /^Cannot gate as '.+' must be a JSON object like .+\n$/],
      [[...both, "--budgets", `${dir}/no.json`], /^Cannot gate as '.+' cannot be read: .+\n$/],
      [
        [...both, "--self-test"],
        /^Cannot gate as --self-test takes one series: current value is slow\n$/,
      ],
      [["base", "--self-test"], /^Cannot gate as only 7 starts of 'base' became ready: .+ 10\n$/],
    ];
    for (const [args, expected] of attempts) {
      const { code, stdout, stderr } = await coldtrace(["gate", ...args, "--dir", dir]);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, expected);
    }
  });
});

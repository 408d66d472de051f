import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readRun } from "../../src/runs/reader.ts";
import type { RunFactsReport, RunsReport } from "../../src/show/runs_json.ts";
import { coldtrace, Yard } from "../_serve.ts";
import { TestStore } from "./_run_store.ts";

const eager = { "coldtrace.label": "eager" };

/** Calls `coldtrace runs` on a store. */
async function runs(
  { dir }: { dir: string },
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return await coldtrace(["runs", ...args, "--dir", dir]);
}

Deno.test("runs lists the stored runs, the newest last, as text and as JSON", async () => {
  using store = new TestStore();
  const all = [store.add(eager), store.add()];
  const text = await runs(store);
  assertEquals([text.code, text.stderr], [0, ""]);
  const [header, ...lines] = text.stdout.trimEnd().split("\n");
  assertMatch(header ?? "", /^ +run +when +label +engine +total +token +size$/);
  assertEquals(lines.length, 2);
  for (const [i, { id }] of all.entries()) {
    assertStringIncludes(lines[i] ?? "", `  ${id.slice(0, 15)}`);
    assertMatch(lines[i] ?? "", /vLLM +0\.002 s +ready +[\d.]+ k?B$/);
  }
  const { version, runs: listed }: RunsReport = JSON.parse((await runs(store, "--json")).stdout);
  assertEquals(version, 1);
  assertEquals(listed.map(({ id, path }) => ({ id, path })), all);
  assertEquals(listed.map(({ label, state, total_ns }) => [label, state, total_ns]), [
    ["eager", "ready", 2e6],
    [null, "ready", 2e6],
  ]);
  const few: RunsReport = JSON.parse((await runs(store, "--label", "eager", "--json")).stdout);
  assertEquals(few.runs.map(({ id }) => id), [all[0]?.id]);
});

Deno.test("runs says that there is no run", async () => {
  using store = new TestStore();
  const line = `No run is stored in '${store.dir}/runs'\n`;
  assertEquals(await runs(store), { code: 0, stdout: "", stderr: line });
  const none = await runs(store, "--label", "x", "--json");
  assertEquals(JSON.parse(none.stdout), { version: 1, runs: [] });
});

Deno.test("runs tells of what is broken, and of what is under way", async () => {
  using store = new TestStore();
  const { path } = store.add();
  await Deno.writeTextFile(path, "hello\n");
  using writer = store.store.createRun();
  const { runs: listed }: RunsReport = JSON.parse((await runs(store, "--json")).stdout);
  const open = Deno.build.os === "windows" ? "unreadable" : "under_way";
  assertEquals(listed.map(({ id, state }) => [id, state]), [
    [listed[0]?.id, "unreadable"],
    [writer.id, open],
  ]);
});

Deno.test("runs label sets, renames and removes labels, by which runs are found then", async () => {
  using store = new TestStore();
  const [one, two] = [store.add(), store.add()];
  assertEquals(await runs(store, "label", one.id, "base"), {
    code: 0,
    stdout: `Labelled run '${one.id}' 'base'\n`,
    stderr: "",
  });
  assertEquals((await runs(store, "label", two.id, "base")).code, 0);
  assertEquals(store.store.labelled("base"), [one, two]);
  assertEquals(
    (await runs(store, "label", "base", "new base")).stdout,
    "Labelled 2 runs 'new base'\n",
  );
  assertEquals(store.store.labelled("new base"), [one, two]);
  assertEquals((await coldtrace(["time", "new base", "--dir", store.dir])).code, 0);
  const off = await runs(store, "label", one.id, "");
  assertEquals(off.stdout, `Took the label off run '${one.id}'\n`);
  assertEquals(store.store.labelled("new base"), [two]);
  assertEquals((await readRun(one.path)).records.length, 2);
});

Deno.test("runs remove takes runs by id and by label, and none if one is not there", async () => {
  using store = new TestStore();
  const all = [store.add(), store.add(eager), store.add(eager), store.add()];
  const [one, two, three, four] = all.map(({ id }) => id);
  const refused = await runs(store, "remove", one ?? "", "nope");
  assertEquals([refused.code, refused.stdout, store.store.list().length], [2, "", 4]);
  assertMatch(refused.stderr, /^Cannot read run 'nope' as .+\n$/);
  assertEquals(await runs(store, "remove", one ?? "", "eager", two ?? ""), {
    code: 0,
    stdout: [one, two, three].map((id) => `Removed run '${id}'\n`).join(""),
    stderr: "",
  });
  assertEquals(store.store.list().map(({ id }) => id), [four]);
});

Deno.test("runs remove and label refuse files of other places", async () => {
  using store = new TestStore();
  using other = new TestStore();
  const { path } = other.add();
  for (const [verb, ...rest] of [["remove", path], ["label", path, "x"]]) {
    const { code, stderr } = await runs(store, verb ?? "", ...rest);
    assertEquals([code, stderr], [
      2,
      `Cannot ${verb} run '${path}' as it is not in the run store\n`,
    ]);
  }
  assertEquals(other.store.list().length, 1);
  // A part of a run is no run, either.
  const part = `${store.add().path}#1`;
  const { code, stderr } = await runs(store, "remove", part);
  assertEquals([code, stderr], [2, `Cannot remove run '${part}' as it is not in the run store\n`]);
});

Deno.test({
  name: "runs remove and label leave a start alone that is under way",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using store = new TestStore();
    using writer = store.store.createRun();
    for (const [verb, ...rest] of [["remove", writer.id], ["label", writer.id, "x"]]) {
      assertEquals(await runs(store, verb ?? "", ...rest), {
        code: 2,
        stdout: "",
        stderr: `Cannot ${verb} run '${writer.id}' as its start is under way\n`,
      });
    }
  },
});

Deno.test("runs prune keeps as many as it is told, of each label", async () => {
  using store = new TestStore();
  const all = [store.add(eager), store.add(), store.add(eager), store.add()];
  const [one, two, three, four] = all.map(({ id }) => id);
  const { code, stdout } = await runs(store, "prune", "--keep", "1");
  assertEquals([code, stdout], [0, [one, two].map((id) => `Removed run '${id}'\n`).join("")]);
  assertEquals(store.store.list().map(({ id }) => id), [three, four]);
  assertEquals((await runs(store, "prune")).stdout, "");
});

Deno.test("runs show tells what is known of a run, as text and as JSON", async () => {
  using store = new TestStore();
  const facts = { "coldtrace.engine.version": "0.32.0", "host.name": "box" };
  const { id, path } = store.add({ ...eager, ...facts });
  const text = await runs(store, "show", "eager");
  assertEquals([text.code, text.stderr], [0, ""]);
  assertMatch(text.stdout, new RegExp(`^vLLM ready in 2\\.0 ms\n\nrun ${id}\n  label +eager\n`));
  assertMatch(text.stdout, /\nengine\n {2}version +0\.32\.0\n\nhost\n {2}name +box\n$/);
  const report: RunFactsReport = JSON.parse((await runs(store, "show", "--json")).stdout);
  assertEquals([report.version, report.id, report.path], [1, id, path]);
  assertEquals([report.spans, report.processes, report.label], [2, 1, "eager"]);
  assertEquals(report.attributes["host.name"], "box");
});

Deno.test("runs shows what a start of the embedded engine took while it runs", async () => {
  await using yard = await Yard.open();
  await using serve = await yard.serve();
  await serve.started();
  const { runs: listed }: RunsReport = JSON.parse((await runs(serve, "--json")).stdout);
  const [run] = listed;
  assertEquals([listed.length, run?.engine, run?.state], [1, "llama.cpp", "ready"]);
  assertEquals((run?.first_token_ns ?? 0) > (run?.total_ns ?? Infinity), true);
  await serve.stop();
});

Deno.test("runs fails with one line and 2 on what it does not know", async () => {
  using store = new TestStore();
  const attempts: [string[], RegExp][] = [
    [["lable"], /^Cannot runs as 'lable' is no verb: did you mean 'label'\?\n$/],
    [["--lable"], /^Cannot runs as '--lable' is no option: did you mean '--label'\?\n$/],
    [["label"], /^Cannot runs label as 'RUN' must be given\n$/],
    [["label", "x"], /^Cannot runs label as 'TEXT' must be given\n$/],
    [["label", "x", "y"], /^Cannot read run 'x' as .+ holds none: .+\n$/],
    [["label", "x", "a\nb"], /^Cannot runs label as 'TEXT' must have no control characters\n$/],
    [["remove"], /^Cannot runs remove as 'RUN' must be given\n$/],
    [["prune", "--keep", "-1"], /^Cannot runs prune as 'keep' must be an integer of at least 0/],
    [["show", "x"], /^Cannot read run 'x' as .+\n$/],
  ];
  for (const [args, expected] of attempts) {
    const { code, stdout, stderr } = await runs(store, ...args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, expected);
  }
});

Deno.test("runs has help for itself and for each of its verbs", async () => {
  const own = await coldtrace(["runs", "--help"]);
  assertMatch(own.stdout, /^coldtrace runs \[OPTIONS\]\n/);
  for (const verb of ["show", "label", "remove", "prune"]) {
    assertStringIncludes(own.stdout, `  coldtrace runs ${verb} `);
    const { code, stdout } = await coldtrace(["runs", verb, "--help"]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `coldtrace runs ${verb} `);
    assertEquals((await coldtrace(["help", "runs", verb])).stdout, stdout);
  }
  assertMatch(
    (await coldtrace(["runs", "remove", "--help"])).stdout,
    /^coldtrace runs remove RUN\.\.\. /,
  );
});

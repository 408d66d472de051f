import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/args.ts";
import { allRunsNamed, runsNamed, startsNamed } from "../../src/cli/run_names.ts";
import { TestStore } from "./_run_store.ts";

Deno.test("runsNamed() tells a start of a file from a label and a file of that name", () => {
  using runs = new TestStore();
  const labelled = runs.add({ "coldtrace.label": "build#2" });
  const latest = runs.add({ "coldtrace.label": "build" });
  const path = `${runs.dir}/all`;
  for (const file of [path, `${path}#1`]) Deno.writeTextFileSync(file, "");
  const named = (ref?: string) => runsNamed(ref, runs.dir);
  assertEquals(named(), [{ path: latest.path }]);
  assertEquals(named("build#2"), [{ path: labelled.path }]);
  assertEquals(named(`${path}#1`), [{ path: `${path}#1` }]);
  assertEquals(named(`${path}#1#3`), [{ path: `${path}#1`, numbers: ["3"] }]);
  for (const number of ["2", "0", "x", ""]) {
    assertEquals(named(`${path}#${number}`), [{ path, numbers: [number] }]);
  }
  assertThrows(() => named("build#1"), UsageError, "Cannot read run 'build#1' as no run in '");
});

Deno.test("allRunsNamed() names each file once, and all of it where that is meant", () => {
  using runs = new TestStore();
  const stored = runs.add({ "coldtrace.label": "a,b" });
  const [one, two] = [`${runs.dir}/one.jsonl`, `${runs.dir}/two,2.jsonl`];
  for (const file of [one, two]) Deno.writeTextFileSync(file, "");
  const named = (ref: string) => allRunsNamed(ref, runs.dir);
  assertEquals(named("a,b"), [{ path: stored.path }]);
  assertEquals(named(`${two}#3`), [{ path: two, numbers: ["3"] }]);
  assertEquals(named(`${one}#2,${stored.id},${one}#1`), [
    { path: one, numbers: ["2", "1"] },
    { path: stored.path },
  ]);
  for (const ref of [`${one},${one}#1`, `${one}#1,${one}`]) {
    assertEquals(named(ref), [{ path: one }]);
  }
  assertThrows(() => named(`${one}#1,nope`), UsageError, "Cannot read run 'nope' as");
});

Deno.test("startsNamed() picks starts by number, each once, and refuses what is none", () => {
  const starts = ["a", "b", "c"];
  const picked = (all: string[], ...numbers: string[]) => startsNamed(all, { path: "f", numbers });
  assertEquals(startsNamed(starts, { path: "f" }), starts);
  assertEquals(picked(starts, "3", "1", "3"), ["c", "a"]);
  for (const [number, shown] of [["0", "0"], ["4", "4"], ["01", "01"], ["x", "x"], ["", "''"]]) {
    assertThrows(
      () => picked(starts, "1", number ?? ""),
      UsageError,
      `Cannot read run 'f#${number}' as the number of a start must be 1 to 3: ` +
        `current value is ${shown}`,
    );
  }
  assertThrows(() => picked(["a"], "2"), UsageError, "must be 1: current value is 2");
});

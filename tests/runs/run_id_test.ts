import { assert, assertEquals, assertMatch } from "@std/assert";
import { createRunId, runFileName, runIdOf } from "../../src/runs/run_id.ts";

Deno.test("createRunId() names the time in UTC when given one", () => {
  const id = createRunId(Date.UTC(2026, 10, 23, 21, 30, 45, 7));
  assertMatch(id, /^20261123-213045-007-[0-9a-z]{4}$/);
  assertEquals(runIdOf(runFileName(id)), id);
});

Deno.test("createRunId() sorts by time when times differ", () => {
  const times = [0, 1, 999, 1000, 86_400_000, Date.UTC(2026, 8, 30), Date.UTC(2026, 9, 1)];
  const ids = times.map(createRunId);
  assertEquals(ids.toSorted(), ids);
});

Deno.test("createRunId() differs at random when the time is the same", () => {
  const ids = new Set(Array.from({ length: 100 }, () => createRunId(0)));
  assert(ids.size > 90);
});

Deno.test("runIdOf() is undefined when a file is no run", () => {
  for (const name of ["", "notes.txt", "traces.otlp.jsonl", "20261123-213045-007-abcd.jsonl"]) {
    assertEquals(runIdOf(name), undefined);
  }
});

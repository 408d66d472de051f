import { assertEquals } from "@std/assert";
import {
  differencesOf,
  refusalOf,
  sideOf,
  withoutFirst,
} from "../../../src/read/comparison/sides.ts";
import { run } from "./_series.ts";

Deno.test("sideOf() sorts by launch and leaves out what did not become ready", () => {
  const side = sideOf("x", [
    run(3, { w: 1 }),
    run(2, { w: 9 }, { ready: false }),
    run(1, { w: 1 }),
  ]);
  assertEquals([side.name, side.failed], ["x", 1]);
  assertEquals(side.runs.map(({ launch }) => launch), [1n, 3n]);
  assertEquals(withoutFirst(side).runs.map(({ launch }) => launch), [3n]);
});

Deno.test("refusalOf() names in one line all that must be equal, and is not", () => {
  const [a, b] = [["2", "hit"], ["4", "hit"]].map(([CPUs = "", cache = ""], i) =>
    sideOf(`side ${i}`, [
      run(i, { w: 1 }, { identity: { CPUs, "compile cache": cache, dtype: CPUs } }),
    ])
  );
  const [left, right] = [a ?? sideOf("", []), b ?? sideOf("", [])];
  assertEquals(
    refusalOf(left, right, differencesOf(left, right)),
    "'CPUs' (2 and 4) must be equal",
  );
  const mixed = { ...left, runs: [...left.runs, ...right.runs] };
  assertEquals(
    refusalOf(mixed, mixed, differencesOf(mixed, right)),
    "'CPUs' (2 and 4 within side 0), 'dtype' (2 and 4 within side 0) must be equal",
  );
  assertEquals(refusalOf(left, left, differencesOf(left, left)), undefined);
});

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

Deno.test("withoutFirst() leaves out the first of each series, ready or not", () => {
  const of = (start: number, id: string, number: number, ready = true) =>
    run(start, { w: 1 }, { series: { id, number }, ready });
  const left = (...runs: ReturnType<typeof run>[]) =>
    withoutFirst(sideOf("x", runs)).runs.map(({ launch }) => Number(launch));
  assertEquals(left(of(1, "s", 2), of(3, "s", 4), of(11, "t", 1), of(13, "t", 3)), [3, 13]);
  // What did not become ready was the first nevertheless.
  assertEquals(left(of(1, "s", 2, false), of(3, "s", 4), of(5, "s", 6)), [3, 5]);
  // Of starts that are a series each there is one first, too.
  assertEquals(left(of(1, "s", 1), of(3, "t", 1), of(5, "u", 1)), [3, 5]);
  // Without series it is the first that became ready.
  assertEquals(left(run(1, { w: 1 }, { ready: false }), run(2, { w: 1 }), run(3, { w: 1 })), [3]);
});

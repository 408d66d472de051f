import { assert, assertEquals } from "@std/assert";
import { layoutOf, rowAt, rowOf, stretchesOf } from "../../../../src/show/plot/page/layout.ts";
import { modelWith, SKETCHES } from "./_model.ts";

Deno.test("layoutOf() has the paths of both runs first, then their processes and lanes", () => {
  const { runs } = modelWith(SKETCHES, SKETCHES);
  const { rows, height } = layoutOf(runs);
  const kinds = (run: number) => rows.filter((row) => row.run === run).map(({ kind }) => kind);
  const path = ["marks", "path", "event"];
  const lanes = ["process", "span", "span", "process", "span"];
  assertEquals(rows.slice(0, 6).map(({ kind }) => kind), [...path, ...path]);
  assertEquals(kinds(1), [...path, "run", ...lanes]);
  rows.forEach((row, i) => assert(row.y + row.height <= (rows[i + 1]?.y ?? height)));
  for (const row of rows) assertEquals(rowAt({ rows, height, laneY: [] }, row.y), row);
});

Deno.test("layoutOf() hides deep lanes until the process is opened", () => {
  const nested = Array.from({ length: 9 }, (_, i) => ({
    id: `${i}`,
    start: i,
    end: 90 - i,
    ...(i > 0 && { parent: `${i - 1}` }),
  }));
  const { runs } = modelWith(nested);
  const [run] = runs;
  assert(run);
  const deepest = { run: 0, kind: "span", index: 8 } as const;
  const closed = layoutOf(runs);
  assertEquals(closed.rows.filter(({ kind }) => kind === "span").length, 6);
  assertEquals(rowOf(closed, deepest), undefined);
  // The path through what is hidden is drawn on the last lane that is not.
  assertEquals(closed.laneY[0]?.[0]?.[8], closed.laneY[0]?.[0]?.[5]);
  run.isOpen[0] = true;
  assertEquals(rowOf(layoutOf(runs), deepest)?.lane, 8);
});

Deno.test("stretchesOf() leaves out what is another run's", () => {
  const { runs } = modelWith(SKETCHES, SKETCHES);
  const layout = layoutOf(runs);
  for (const run of [0, 1]) {
    const stretches = stretchesOf(layout, run);
    assertEquals(stretches.length, 2);
    for (const row of layout.rows.filter((row) => row.run !== run)) {
      for (const [top, bottom] of stretches) assert(row.y >= bottom || row.y + row.height <= top);
    }
  }
});

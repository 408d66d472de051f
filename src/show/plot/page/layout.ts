/**
 * Which rows there are, and where.
 *
 * @module
 */
import type { Item, Run } from "./model.ts";

/** A row of the plot. Rows with items have the range of them in their columns. */
export interface Row {
  kind: "run" | "marks" | "path" | "event" | "process" | "samples" | "span";
  y: number;
  height: number;
  run: number;
  /** -1: none. */
  process: number;
  /** -1: none. */
  lane: number;
  /** The range of its items; of a process, that of the lanes which may be hidden. */
  first: number;
  last: number;
}

/** Heights in pixels. */
const HEIGHT = { run: 30, marks: 18, path: 26, event: 18, process: 24, samples: 36, span: 17 };
/** How many lanes a process that is not open shows, and one that has not a hundredth of the path. */
const [FEW, FEWER] = [6, 2];

export interface Layout {
  rows: Row[];
  /** Of all. */
  height: number;
  /** By run, process and lane: where it is; a hidden one is where the last is. */
  laneY: number[][][];
}

/** Lays out the critical paths of all runs, one below the other, then what each one did. */
export function layoutOf(runs: Run[]): Layout {
  const rows: Row[] = [];
  let y = 0;
  const none = { process: -1, lane: -1, first: 0, last: 0 };
  const add = (row: Omit<Row, "y" | "height">): number => {
    rows.push({ ...row, y, height: HEIGHT[row.kind] });
    y += HEIGHT[row.kind];
    return y - HEIGHT[row.kind];
  };
  runs.forEach(({ report }, run) => {
    add({ ...none, kind: "marks", run });
    add({ ...none, kind: "path", run, last: report.path.span.length });
    if (report.events.at_ns.length > 0) {
      add({ ...none, kind: "event", run, last: report.events.at_ns.length });
    }
  });
  const laneY = runs.map(({ report, lanes, isOpen }, run) => {
    if (runs.length > 1) add({ ...none, kind: "run", run });
    return lanes.map((bounds, index) => {
      const process = report.processes[index];
      const count = bounds.length - 1;
      const few = (process?.on_path_ns ?? 0) * 100 > report.total_ns ? FEW : FEWER;
      const shown = isOpen[index] ? count : Math.min(count, few);
      const own = { ...none, run, process: index };
      add({ ...own, kind: "process", first: few, last: count });
      if ((process?.samples.length ?? 0) > 0) add({ ...own, kind: "samples" });
      const ys = [];
      for (let lane = 0; lane < shown; lane++) {
        const [first, last] = [bounds[lane] ?? 0, bounds[lane + 1] ?? 0];
        ys.push(add({ ...own, kind: "span", lane, first, last }));
      }
      while (ys.length < count) ys.push(ys.at(-1) ?? y);
      y += 4;
      return ys;
    });
  });
  return { rows, height: y + 4, laneY };
}

/** @returns The row that it is in, unless its lane is hidden. */
export function rowOf({ rows }: Layout, { run, kind, index }: Item): Row | undefined {
  return rows.find((row) =>
    row.run === run && row.kind === kind && row.first <= index && index < row.last
  );
}

export function rowAt({ rows }: Layout, y: number): Row | undefined {
  return rows.find((row) => row.y <= y && y < row.y + row.height);
}

/** Where rows of a run stand together, as tops and bottoms; without its headings. */
export function stretchesOf({ rows }: Layout, run: number): [number, number][] {
  const stretches: [number, number][] = [];
  for (const row of rows) {
    if (row.run !== run || row.kind === "run" || row.kind === "marks") continue;
    const last = stretches.at(-1);
    const bottom = row.y + row.height;
    // There is a little room behind each process.
    if (last && row.y - last[1] < 8) last[1] = bottom;
    else stretches.push([row.y, bottom]);
  }
  return stretches;
}

/**
 * What is under the pointer, and what is next to what is selected.
 *
 * @module
 */
import type { Row } from "./layout.ts";
import type { Item, Model } from "./model.ts";
import type { Scene } from "./paint.ts";
import { rowAt, rowOf } from "./layout.ts";
import { firstEndingAt } from "./model.ts";

/** How far off the pointer may be, in pixels. */
const REACH = 4;

/**
 * @param y from the top of the first row.
 * @returns The item there; of those within reach the one that is nearest.
 */
export function itemAt({ model, layout, view }: Scene, x: number, y: number): Item | undefined {
  const row = rowAt(layout, y);
  return row && nearest(model, row, view.time(x), REACH * view.scale);
}

/** @param reach how far off it may be, in nanoseconds. */
function nearest(
  { runs }: Model,
  row: Row,
  time: number,
  reach: number = Infinity,
): Item | undefined {
  const { kind, run, first, last } = row;
  const times = isOfItems(kind) ? runs[run]?.times[kind] : undefined;
  if (!times || !isOfItems(kind)) return undefined;
  const after = firstEndingAt(times.end, time, first, last);
  const distance = (i: number) =>
    i < first || i >= last
      ? Infinity
      : Math.max(0, Number(times.start[i]) - time, time - Number(times.end[i]));
  const index = distance(after - 1) < distance(after) ? after - 1 : after;
  const isNear = distance(index) <= reach && distance(index) !== Infinity;
  return isNear ? { run, kind, index } : undefined;
}

function isOfItems(kind: Row["kind"]): kind is Item["kind"] {
  return kind === "span" || kind === "path" || kind === "event";
}

/** @returns What is next to what is selected, in its row or in another. */
export function neighbour(
  { model, layout, selected, view, anchor }: Scene,
  key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight",
): Item | undefined {
  const row = selected && rowOf(layout, selected);
  if (!selected || !row) {
    const path = layout.rows.find(({ kind }) => kind === "path");
    return path && nearest(model, path, Math.max(0, view.from));
  }
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const index = selected.index + (key === "ArrowLeft" ? -1 : 1);
    return index >= row.first && index < row.last ? { ...selected, index } : selected;
  }
  const times = model.runs[selected.run]?.times[selected.kind];
  const begin = Math.max(view.from, Number(times?.start[selected.index]));
  const end = Math.min(view.to, Number(times?.end[selected.index]));
  const rows = key === "ArrowUp" ? layout.rows.toReversed() : layout.rows;
  for (const next of rows.slice(rows.indexOf(row) + 1)) {
    const item = nearest(model, next, Math.max(begin, Math.min(anchor, end)));
    if (item) return item;
  }
  return selected;
}

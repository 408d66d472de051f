/// <reference lib="dom" />
/**
 * The plot on paper: strips of whole rows, each with the time axis. A canvas is not broken between
 * pages, so that a single one would leave the first page empty, or be cut through a row.
 *
 * @module
 */
import { AXIS, paint, type Scene } from "./paint.ts";

/** In pixels of the plot; paper shows it as wide as it is itself. */
const WIDTH = 1000;
/** Of a strip, where rows allow it: some fit on a page, upright or not. */
const TALLEST = 360;
/** Of all of them; from there on it is too long to be read on paper. */
const LONGEST = 8000;
/** Dots for a pixel. */
const SCALE = 2;

export function strips(scene: Scene): HTMLCanvasElement[] {
  const { view, scroll, height, cursor } = scene;
  const { width } = view;
  view.width = WIDTH;
  scene.cursor = undefined;
  const canvases = rowsOf(scene).map(([top, bottom]) => {
    const canvas = document.createElement("canvas");
    [scene.scroll, scene.height] = [top, bottom - top + AXIS];
    [canvas.width, canvas.height] = [WIDTH * SCALE, scene.height * SCALE];
    const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
    pen.setTransform(SCALE, 0, 0, SCALE, 0, 0);
    paint(pen, scene);
    return canvas;
  });
  view.width = width;
  Object.assign(scene, { scroll, height, cursor });
  return canvases;
}

/** Where each strip begins and ends: a process begins a new one rather than to be parted. */
function rowsOf({ layout }: Scene): [number, number][] {
  const parts: [number, number][] = [];
  let [head, above] = [0, ""];
  for (const { kind, y, height } of layout.rows) {
    if (y > LONGEST) break;
    if (kind === "run" || (kind === "process" && above !== "run")) head = y;
    above = kind;
    const bottom = y + height;
    const last = parts.at(-1);
    if (last && bottom - last[0] <= TALLEST) last[1] = bottom;
    else if (last) {
      if (head > last[0]) last[1] = head;
      parts.push([last[1], bottom]);
    } else parts.push([0, bottom]);
  }
  return parts;
}

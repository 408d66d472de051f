/// <reference lib="dom" />
/**
 * The critical path through the waterfall.
 *
 * @module
 */
import type { Scene } from "./paint.ts";
import { eachBar } from "./bars.ts";

/** How thick it is, in pixels. */
const THICK = 3;

/**
 * Draws a line under each span for as long as it is what was waited for, and lines from one
 * to the next.
 */
export function paintPath(
  pen: CanvasRenderingContext2D,
  { model, view, palette, layout, isMatch }: Scene,
  index: number,
): void {
  const run = model.runs[index];
  if (!run) return;
  const { path, spans } = run.report;
  const yOf = (segment: number) => {
    const span = path.span[segment] ?? -1;
    if (span === -1) return undefined;
    const lanes = layout.laneY[index]?.[spans.process[span] ?? -1];
    const top = lanes?.[spans.lane[span] ?? -1];
    return top === undefined ? undefined : top + 17 - THICK;
  };
  pen.fillStyle = palette.color("path");
  pen.globalAlpha = isMatch ? 0.35 : 1;
  let before: number | undefined;
  eachBar(run.times.path, 0, path.span.length, view, (bar) => {
    let [top, bottom] = [Infinity, -Infinity];
    for (let i = bar.first; i <= bar.last; i++) {
      const y = yOf(i);
      if (y !== undefined) [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
    // Through a gap the line is broken: nobody was waited for.
    if (bottom === -Infinity) return before = undefined;
    const y = yOf(bar.index) ?? bottom;
    const from = before === undefined ? top : Math.min(top, before);
    const to = before === undefined ? bottom : Math.max(bottom, before);
    if (to > from) pen.fillRect(bar.x - 0.5, from, 1, to - from + THICK);
    pen.fillRect(bar.x, y, bar.width, THICK);
    before = yOf(bar.last) ?? y;
  });
  pen.globalAlpha = 1;
}

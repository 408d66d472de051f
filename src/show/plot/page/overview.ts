/// <reference lib="dom" />
/**
 * The whole of the critical path, and which part of it is seen.
 *
 * @module
 */
import type { Scene } from "./paint.ts";
import { eachBar } from "./bars.ts";

/** @param scale pixels of the screen in one of the page. */
export function paintOverview(
  canvas: HTMLCanvasElement,
  { model, view, palette }: Scene,
  scale: number,
): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const [width, height] = [canvas.width / scale, canvas.height / scale];
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.fillStyle = palette.color("panel");
  pen.fillRect(0, 0, width, height);
  const { from, to } = view.home;
  const x = (time: number) => (time - from) / (to - from) * width;
  const lane = height / model.runs.length;
  model.runs.forEach(({ report, times }, run) => {
    eachBar(times.path, 0, report.path.span.length, { from, to, x }, (bar) => {
      const span = report.path.span[bar.index] ?? -1;
      const phase = model.report.strings[report.spans.phase[span] ?? -1] ?? "";
      pen.fillStyle = span === -1 ? palette.hatch : palette.fill(phase, true);
      pen.fillRect(bar.x, run * lane + 2, bar.width, lane - 4);
    });
  });
  const [left, right] = [Math.max(0, x(view.from)), Math.min(width, x(view.to))];
  pen.fillStyle = palette.color("veil");
  pen.fillRect(0, 0, left, height);
  pen.fillRect(right, 0, width - right, height);
  pen.strokeStyle = palette.color("ink");
  pen.lineWidth = 1.5;
  pen.strokeRect(left + 0.75, 0.75, Math.max(2, right - left - 1.5), height - 1.5);
}

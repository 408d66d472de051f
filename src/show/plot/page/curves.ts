/// <reference lib="dom" />
/**
 * CPU and memory under the time axis.
 *
 * @module
 */
import type { Row } from "./layout.ts";
import type { Run } from "./model.ts";
import type { Scene } from "./paint.ts";
import { size } from "./format.ts";

/** @returns The most of all processes, so that they compare. */
export function mostOf(runs: Run[]): { cores: number; rss: number } {
  const most = { cores: 1, rss: 1 };
  for (const { report } of runs) {
    for (const { samples } of report.processes) {
      for (const { cores, rss } of samples) {
        for (const value of cores) most.cores = Math.max(most.cores, value);
        for (const value of rss ?? []) most.rss = Math.max(most.rss, value);
      }
    }
  }
  return most;
}

export function paintSamples(
  pen: CanvasRenderingContext2D,
  { model, view, palette, cursor }: Scene,
  row: Row,
): void {
  const report = model.runs[row.run]?.report;
  const process = report?.processes[row.process];
  if (!report || !process) return;
  const most = mostOf(model.runs);
  const [base, room] = [row.y + row.height - 2, row.height - 6];
  const texts: string[] = [];
  const peak = { cores: 0, rss: 0 };
  for (const { at_ns, cores, rss } of process.samples) {
    pen.beginPath();
    pen.moveTo(view.x(at_ns[0] ?? 0), base);
    at_ns.forEach((at, i) => {
      // A value holds for the time since the sample before.
      const y = base - (cores[i] ?? 0) / most.cores * room;
      if (i > 0) pen.lineTo(view.x(at_ns[i - 1] ?? at), y);
      pen.lineTo(view.x(at), y);
      peak.cores = Math.max(peak.cores, cores[i] ?? 0);
    });
    pen.lineTo(view.x(at_ns.at(-1) ?? 0), base);
    pen.fillStyle = palette.color("cpu");
    pen.fill();
    if (rss) {
      pen.beginPath();
      at_ns.forEach((at, i) => {
        pen.lineTo(view.x(at), base - (rss[i] ?? 0) / most.rss * room);
        peak.rss = Math.max(peak.rss, rss[i] ?? 0);
      });
      pen.strokeStyle = palette.color("memory");
      pen.lineWidth = 1.5;
      pen.stroke();
      pen.lineWidth = 1;
    }
    if (cursor === undefined) continue;
    const now = view.time(cursor);
    const i = at_ns.findIndex((at) => at >= now);
    if (i < 1) continue;
    texts.push(
      `${(cores[i] ?? 0).toFixed(2)} CPUs${rss ? `, ${size(rss[i] ?? 0)}` : ""}`,
    );
  }
  pen.fillStyle = palette.color("grid");
  pen.fillRect(0, base, view.width, 1);
  const memory = peak.rss > 0 ? `, memory ${size(peak.rss)}` : "";
  const text = texts.length > 0
    ? texts.join("; ")
    : `at most: CPU ${peak.cores.toFixed(1)} of ${most.cores.toFixed(1)}${memory}`;
  // Left of the line that says ready, where that is seen.
  const end = view.x(report.total_ns) - 4;
  const right = end > 240 && end < view.width ? end : view.width - 4;
  const width = pen.measureText(text).width;
  pen.fillStyle = palette.color("panel");
  pen.globalAlpha = 0.75;
  pen.fillRect(right - width - 4, row.y + 2, width + 4, 15);
  pen.globalAlpha = 1;
  pen.fillStyle = palette.color("ink");
  pen.fillText(text, right - width - 2, row.y + 10);
}

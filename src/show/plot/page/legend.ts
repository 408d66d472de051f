/// <reference lib="dom" />
/**
 * What colours and signs mean.
 *
 * @module
 */
import type { Scene } from "./paint.ts";

/** How many phases are named. */
const MOST = 12;

export function paintLegend(legend: HTMLElement, { model, palette }: Scene): void {
  /** What each phase took of the path. */
  const phases: Map<number, number> = new Map();
  for (const { report } of model.runs) {
    report.spans.phase.forEach((phase, i) => {
      phases.set(phase, (phases.get(phase) ?? 0) + (report.spans.on_path_ns[i] ?? 0));
    });
  }
  const largest = [...phases].filter(([, ns]) => ns > 0).sort((a, b) => b[1] - a[1]).slice(0, MOST);
  for (const old of legend.querySelectorAll(".phase")) old.remove();
  for (const [phase] of largest) {
    const name = model.report.strings[phase] ?? "";
    const [entry, swatch] = [document.createElement("span"), document.createElement("i")];
    entry.className = "phase";
    swatch.style.background = palette.fill(name, true);
    entry.append(swatch, name);
    legend.append(entry);
  }
  for (const swatch of document.querySelectorAll("i[data-phase]")) {
    if (swatch instanceof HTMLElement) {
      swatch.style.background = palette.fill(swatch.dataset.phase ?? "", true);
    }
  }
}

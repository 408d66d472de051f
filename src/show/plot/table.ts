/**
 * The table of a start as HTML.
 *
 * @module
 */
import type { Row } from "../../read/rows.ts";
import type { Start } from "../../read/start.ts";
import { formatDurations } from "../duration.ts";
import { escapeHtml } from "./escape.ts";

/** How many parts of a row are named. */
const MOST = 6;

/**
 * Writes the rows of `time`, all of them, with what the large ones consist of.
 *
 * @param start the start.
 * @param rows its rows.
 * @returns a `<table>`. Buttons in it have `data-find`, what to search for, and swatches
 * `data-phase`.
 */
export function tableHtml(start: Start, rows: readonly Row[]): string {
  const times = formatDurations(rows.map(({ ns }) => ns));
  const body = rows.map((row, i) =>
    `<tr>
<td class="number">${times.parts[i] ?? ""}</td>
<td class="number">${row.share.toFixed(1)} %</td>
<td class="bar"><svg width="100%" height="10" aria-hidden="true"><rect width="${row.share}%" height="10"/></svg></td>
<td>${phaseHtml(row)}${partsHtml(row)}</td>
<td>${escapeHtml(row.process ?? "")}</td>
</tr>`
  );
  return `<table>
<thead><tr><th class="number">Time</th><th class="number">Share</th><th class="bar"></th><th>Phase</th><th>Process</th></tr></thead>
<tbody>
${body.join("\n")}
</tbody>
<tfoot><tr><td class="number">${times.total}</td><td class="number">100.0 %</td><td class="bar"></td><td>${
    start.ready
      ? "until ready"
      : start.ended?.reason === "launcher-killed"
      ? "until it broke off"
      : "until it ended"
  }</td><td></td></tr></tfoot>
</table>`;
}

function phaseHtml({ attributed, phase, name, process }: Row): string {
  const shown = escapeHtml(attributed ? phase : name);
  const swatch = attributed ? `<i data-phase="${shown}"></i>` : '<i class="gap"></i>';
  const wanted = process === undefined ? shown : `${shown} ${escapeHtml(process)}`;
  return `${swatch}<button data-find="${wanted}">${shown}</button>`;
}

/** What a row of a tenth or more consists of. */
function partsHtml({ parts, share, attributed, ns }: Row): string {
  if (!attributed || share < 10 || parts.length < 2) return "";
  const shown = parts.slice(0, MOST).filter((part) => part.ns * 50n >= ns);
  const times = formatDurations(shown.map((part) => part.ns)).parts;
  const texts = shown.map(({ name }, i) => `${escapeHtml(name)} ${times[i]}`);
  return texts.length === 0 ? "" : `<small>${texts.join(" · ")}</small>`;
}

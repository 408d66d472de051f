/**
 * A start, or two, as one HTML file that needs nothing else.
 *
 * @module
 */
import type { Plot } from "../../read/plot/plot.ts";
import { rows } from "../../read/rows.ts";
import type { Start } from "../../read/start.ts";
import { headline } from "../time_text.ts";
import { plotReport } from "../plot_json.ts";
import { escapeHtml, escapeJson } from "./escape.ts";
import style from "./page/style.css" with { type: "text" };
import { SCRIPT } from "./script.ts";
import { tableHtml } from "./table.ts";

/**
 * Writes the page. It loads nothing and sends nothing: its policy allows its own script and its
 * own style, by their hashes, and nothing else (CSP level 3). Without a script the table is there
 * all the same.
 *
 * @param plots the start; behind it the one to compare it with, on the same time axis.
 * @returns the whole file. With two starts it calls them A and B.
 */
export async function plotPage(plots: readonly Plot[]): Promise<string> {
  const starts = plots.map(({ start }) => start);
  const isTwo = starts.length > 1;
  const titles = starts.map(headline);
  const policy = [
    "default-src 'none'",
    `script-src '${await hashOf(SCRIPT)}'`,
    `style-src '${await hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const heading = starts.map((start, i) =>
    `<h1>${isTwo ? `<span class="letter">${letter(i)}</span>` : ""}${
      escapeHtml(titles[i] ?? "")
    }</h1>\n<p>${aboutHtml(start)}</p>`
  ).join("\n");
  const tables = starts.map((start, i) =>
    `<section class="card"><h2>${isTwo ? `${letter(i)}: where` : "Where"} the start went</h2>
${tableHtml(start, rows(start))}
${notesHtml(start)}</section>`
  ).join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(titles.join(" | "))} | coldtrace</title>
<style>${style}</style>
</head>
<body>
<header>
${heading}
</header>
<main>
<noscript><p>The waterfall needs JavaScript; the table below does not.</p></noscript>
<div class="tools" role="search">
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search spans and log lines" autocomplete="off" spellcheck="false">
<button data-key="N" aria-label="Previous match">↑</button>
<button data-key="n" aria-label="Next match">↓</button>
<output id="count" for="search" aria-live="polite"></output>
<output id="range" class="wide" aria-label="Part of the time that is seen"></output>
<button data-key="-" aria-label="Zoom out">−</button>
<button data-key="+" aria-label="Zoom in">+</button>
<button data-key="0" title="Show the whole start">All</button>
<button data-key="e" title="Show all lanes, or few">Lanes</button>
<button data-key="?" aria-label="Keys">?</button>
</div>
<div class="layout">
<div>
<canvas id="overview" aria-hidden="true"></canvas>
<div id="plot" tabindex="0" role="application" aria-roledescription="waterfall" aria-label="${
    escapeHtml(`${titles.join("; ")}. Arrow keys go from span to span, ? lists all keys.`)
  }" aria-describedby="details"><canvas id="canvas"></canvas><div id="spacer"></div></div>
<div id="paper"></div>
<div id="legend">${legendHtml(plots)}</div>
</div>
<aside id="details" tabindex="0" aria-live="polite" aria-label="Details"></aside>
</div>
<div class="tables">
${tables}
</div>
</main>
<div id="tip" hidden></div>
${HELP}
<script id="data" type="application/json">${escapeJson(plotReport(plots))}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function letter(index: number): string {
  return "AB"[index] ?? "";
}

/** Which start it was, in a line: its label, what was started, when. */
function aboutHtml({ root, launch, run }: Start): string {
  const { attributes = {} } = root ?? {};
  const named = [
    attributes["coldtrace.label"],
    attributes["coldtrace.engine.model"],
    attributes["coldtrace.engine.version"],
  ].filter((value) => typeof value === "string");
  const when = new Date(Number(launch / 1_000_000n)).toISOString().replace("T", " ").slice(0, 19);
  return [...named, ...(run === undefined ? [] : [`run ${run}`]), `${when} UTC`]
    .map(escapeHtml).join(" · ");
}

function notesHtml({ missing }: Start): string {
  return missing.map((line) => `<p class="notes">${escapeHtml(line)}</p>`).join("\n");
}

/** What signs mean, of those that there are; the script adds the phases. */
function legendHtml(plots: readonly Plot[]): string {
  const has = (name: string) =>
    plots.some(({ events }) => events.some(({ event }) => event.name === name));
  const entries: [string, string, boolean][] = [
    ["path", "critical path", true],
    ["gap", "nothing explains it", plots.some(({ path }) => path.some(({ span }) => span === -1))],
    ["off", "pale: not on the path", true],
    ["ready", "ready", plots.some(({ start }) => start.ready)],
    ["ended", "ended", plots.some(({ start }) => !start.ready)],
    ["token", "first token", plots.some(({ start }) => start.firstToken !== undefined)],
    ["answer", "readiness answer", has("readiness")],
    ["log", "log line", has("log")],
    ["cpu", "CPU", plots.some(isSampled)],
    ["memory", "memory", plots.some(isSampled)],
  ];
  return entries.filter(([, , isThere]) => isThere)
    .map(([sign, text]) => `<span><i class="${sign}"></i>${text}</span>`).join("");
}

function isSampled({ processes }: Plot): boolean {
  return processes.some(({ samples }) => samples.length > 0);
}

const KEYS: readonly (readonly [string, string])[] = [
  ["← → ↑ ↓", "Go from span to span"],
  ["Enter", "Fill the view with the span"],
  ["+ −", "Zoom; also Ctrl and the wheel"],
  ["Shift ← →", "Pan; also drag, a and d"],
  ["Home End", "Pan to launch, to ready"],
  ["0", "Show all"],
  ["e", "Show all lanes, or few"],
  ["/", "Search; Enter: next, Shift Enter: previous"],
  ["n N", "Next and previous match"],
  ["Esc", "Let go of the span, then of the search"],
];

const HELP = `<dialog id="help" aria-label="Keys"><h2>Keys</h2><table>
${
  KEYS.map(([keys, text]) =>
    `<tr><td>${
      keys.split(" ").map((key) => `<kbd>${key}</kbd>`).join(" ")
    }</td><td>${text}</td></tr>`
  ).join("\n")
}
</table><form method="dialog"><button>Close</button></form></dialog>`;

/** What a policy calls a script or a style that stands in the page itself. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

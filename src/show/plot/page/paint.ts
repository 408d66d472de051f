/// <reference lib="dom" />
/**
 * Draws the plot.
 *
 * @module
 */
import type { Layout, Row } from "./layout.ts";
import type { Item, Model, Run } from "./model.ts";
import type { PlotReportRun } from "../../plot_json.ts";
import type { Palette } from "./palette.ts";
import type { View } from "./view.ts";
import { eachBar } from "./bars.ts";
import { duration, share, stepOf, time } from "./format.ts";
import { firstEndingAt, isSame, nameOf } from "./model.ts";
import { stretchesOf } from "./layout.ts";
import { paintMoments } from "./moments.ts";
import { paintPath } from "./path.ts";
import { paintSamples } from "./curves.ts";

export interface Scene {
  model: Model;
  view: View;
  layout: Layout;
  palette: Palette;
  /** How much is above what is seen, in pixels. */
  scroll: number;
  /** Of what is seen, in pixels. */
  height: number;
  selected: Item | undefined;
  /** The time at which up and down go from row to row. */
  anchor: number;
  /** Where something is searched for. */
  isMatch: ((item: Item) => boolean) | undefined;
  /** Where the pointer is, in pixels. */
  cursor: number | undefined;
}

/** The height of the time axis, which stays at the top. */
export const AXIS = 24;
export const FONT = "11px system-ui, sans-serif";

export function paint(pen: CanvasRenderingContext2D, scene: Scene): void {
  const { view, layout, palette, scroll, height, model } = scene;
  const { color } = palette;
  pen.fillStyle = color("panel");
  pen.fillRect(0, 0, view.width, height);
  pen.font = FONT;
  pen.textBaseline = "middle";

  pen.save();
  pen.beginPath();
  pen.rect(0, AXIS, view.width, height - AXIS);
  pen.clip();
  paintGrid(pen, scene);
  pen.translate(0, AXIS - scroll);
  const seen = layout.rows.filter((row) =>
    row.y + row.height > scroll && row.y < scroll + height - AXIS
  );
  model.runs.forEach((_, run) => paintGaps(pen, scene, run));
  for (const row of seen) PAINT[row.kind](pen, scene, row);
  model.runs.forEach((_, run) => {
    paintPath(pen, scene, run);
    paintMoments(pen, scene, run);
  });
  pen.restore();
  paintAxis(pen, scene);
}

const PAINT: Record<Row["kind"], (pen: CanvasRenderingContext2D, scene: Scene, row: Row) => void> =
  {
    run: (pen, scene, row) => {
      const { headline } = reportOf(scene, row);
      pen.fillStyle = scene.palette.color("line");
      pen.fillRect(0, row.y, scene.view.width, 1);
      pen.font = `600 13px system-ui, sans-serif`;
      label(
        pen,
        `${"AB"[row.run]}: ${headline}`,
        6,
        row,
        scene.view.width,
        scene.palette.color("ink"),
      );
      pen.font = FONT;
    },
    marks: (pen, scene, row) => {
      const { model, palette } = scene;
      const which = model.runs.length > 1 ? `${"AB"[row.run]}: critical path` : "Critical path";
      label(pen, which, 6, row, 94, palette.color("muted"));
    },
    path: paintBars,
    event: paintEvents,
    process: (pen, scene, row) => {
      const run = scene.model.runs[row.run] as Run;
      const process = run.report.processes[row.process];
      if (!process) return;
      const { view, palette } = scene;
      pen.fillStyle = palette.color("band");
      pen.fillRect(0, row.y + 3, view.width, row.height - 5);
      const hidden = row.last - row.first;
      const isOpen = run.isOpen[row.process];
      const sign = hidden > 0 ? (isOpen ? "▾ " : "▸ ") : "";
      const pids = process.pids.length === 0
        ? ""
        : process.pids.length > 3
        ? `${process.pids.length} processes`
        : `pid ${process.pids.join(", ")}`;
      const onPath = process.on_path_ns > 0
        ? `${duration(process.on_path_ns)} on the path (${
          share(process.on_path_ns, run.report.total_ns)
        })`
        : "";
      const more = hidden > 0 && !isOpen ? `${hidden} more lanes` : "";
      const title = sign + process.name;
      pen.font = `600 ${FONT}`;
      label(pen, title, 6, row, view.width, palette.color("ink"));
      const after = 6 + Math.min(view.width, pen.measureText(title).width) + 10;
      pen.font = FONT;
      const rest = [onPath, pids, more].filter((text) => text !== "").join(" · ");
      label(pen, rest, after, row, view.width, palette.color("muted"));
    },
    samples: paintSamples,
    span: paintBars,
  };

export function reportOf({ model }: Scene, { run }: { run: number }): PlotReportRun {
  return (model.runs[run] as Run).report;
}

/** Text that is cut where there is no room for it. */
export function label(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  row: { y: number; height: number },
  right: number,
  color: string,
): void {
  const room = right - x;
  if (room < 14 || text === "") return;
  let shown = text.slice(0, Math.ceil(room / 3));
  while (shown !== "" && pen.measureText(shown).width > room) {
    // Cut by what it is too long, so that it takes two or three turns.
    const part = room / pen.measureText(shown).width;
    shown = shown.slice(0, Math.min(shown.length - 1, Math.ceil(shown.length * part)));
  }
  if (shown !== text) shown = shown.length < 4 ? "" : `${shown.slice(0, -1)}…`;
  pen.fillStyle = color;
  pen.fillText(shown, x, row.y + row.height / 2 + 1);
}

function paintBars(pen: CanvasRenderingContext2D, scene: Scene, row: Row): void {
  const { model, view, palette, isMatch, selected } = scene;
  const run = model.runs[row.run] as Run;
  const { spans, path } = run.report;
  const { color } = palette;
  const isPath = row.kind === "path";
  const [top, height] = [row.y + 1, row.height - (isPath ? 4 : 2)];
  const kind = isPath ? "path" : "span";
  const item = { run: row.run, kind: kind as Item["kind"], index: 0 };
  const times = run.times[kind];
  eachBar(times, row.first, row.last, view, (bar) => {
    const span = isPath ? path.span[bar.index] ?? -1 : bar.index;
    const left = Math.max(bar.x, -2);
    const right = Math.min(bar.x + bar.width, view.width + 2);
    const gap = right - left > 3 ? 0.5 : 0;
    const width = Math.max(1, right - left - gap);
    let [isOnPath, isFound] = [isPath, false];
    for (let i = bar.first; i <= bar.last; i++) {
      if (!isPath && (spans.on_path_ns[i] ?? 0) > 0) isOnPath = true;
      item.index = i;
      if (isMatch?.(item)) isFound = true;
    }
    const flags = spans.flags[span] ?? 0;
    const phase = model.report.strings[spans.phase[span] ?? -1] ?? "";
    pen.globalAlpha = isMatch && !isFound ? 0.28 : 1;
    if (span === -1) {
      pen.fillStyle = palette.hatch;
      pen.fillRect(left, top, width, height);
      pen.strokeStyle = color("gap");
      if (width > 4) pen.strokeRect(left + 0.5, top + 0.5, width - 1, height - 1);
    } else if (!isPath && flags & 2) {
      // A container holds others: its frame only.
      pen.fillStyle = color("band");
      pen.fillRect(left, top, width, height);
      pen.strokeStyle = color("line");
      pen.lineWidth = 1;
      pen.strokeRect(left + 0.5, top + 0.5, Math.max(0, width - 1), height - 1);
    } else {
      pen.fillStyle = palette.fill(phase, isOnPath);
      pen.fillRect(left, top, width, height);
    }
    if (flags & 4 && width > 2) {
      pen.fillStyle = color("error");
      pen.fillRect(left, top, Math.min(3, width), height);
    }
    const isOpen = !isPath && flags & 1;
    if (isOpen) paintOpen(pen, scene, left + width, top, height, left);
    if (width > 24) {
      item.index = bar.index;
      const text = span === -1 ? `${nameOf(model, item)} ` : nameOf(model, item);
      const inside = Math.max(left, 0) + 4;
      const end = left + width - 3;
      if (span === -1) backed(pen, text, inside, { y: top, height }, end, scene);
      else {
        const ink = isOnPath && !(flags & 2 && !isPath) ? "on-ink" : "off-ink";
        label(pen, isOpen ? `${text} (open)` : text, inside, { y: top, height }, end, color(ink));
      }
    }
    pen.globalAlpha = 1;
    if (isFound) frame(pen, left, top, width, height, color("match"), 1.5);
    item.index = bar.index;
    const isSelected = selected?.run === item.run && selected.kind === item.kind &&
      selected.index >= bar.first && selected.index <= bar.last;
    if (isSelected) frame(pen, left - 1, top - 1, width + 2, height + 2, color("focus"), 2.5);
  });
}

/** A label on hatching. */
function backed(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  row: { y: number; height: number },
  right: number,
  { palette }: Scene,
): void {
  const width = Math.min(pen.measureText(text).width, right - x);
  if (width < 24) return;
  pen.fillStyle = palette.color("panel");
  pen.fillRect(x - 2, row.y + 3, width + 4, row.height - 6);
  label(pen, text, x, row, right, palette.color("ink"));
}

/**
 * What had not ended: its right end is torn off.
 *
 * @param x where the start ended.
 * @param left where the bar begins.
 */
function paintOpen(
  pen: CanvasRenderingContext2D,
  { palette }: Scene,
  x: number,
  top: number,
  height: number,
  left: number,
): void {
  if (x - left < 3) return;
  pen.fillStyle = palette.color("error");
  pen.beginPath();
  const teeth = 3;
  pen.moveTo(x + 1, top);
  for (let i = 0; i < teeth; i++) {
    pen.lineTo(x - 6, top + (i + 0.5) * height / teeth);
    pen.lineTo(x + 1, top + (i + 1) * height / teeth);
  }
  pen.fill();
}

function frame(
  pen: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  color: string,
  thickness: number,
): void {
  pen.strokeStyle = color;
  pen.lineWidth = thickness;
  pen.strokeRect(x, y, Math.max(width, 2), height);
  pen.lineWidth = 1;
}

function paintEvents(pen: CanvasRenderingContext2D, scene: Scene, row: Row): void {
  const { model, view, palette, selected, isMatch } = scene;
  const { events } = reportOf(scene, row);
  const middle = row.y + row.height / 2;
  let last = { x: -Infinity, name: -1 };
  for (let i = firstEndingAt(events.at_ns, view.time(-6), 0, row.last); i < row.last; i++) {
    const x = view.x(events.at_ns[i] ?? 0);
    if (x > view.width + 6) break;
    const item = { run: row.run, kind: "event" as const, index: i };
    const isSelected = isSame(item, selected);
    const isFound = isMatch?.(item) ?? false;
    const name = events.name[i] ?? -1;
    if (!isSelected && !isFound && name === last.name && x - last.x < 1) continue;
    last = { x, name };
    const text = model.report.strings[name];
    pen.globalAlpha = isMatch && !isFound ? 0.3 : 1;
    pen.fillStyle = pen.strokeStyle = palette.color(
      isFound ? "match" : text === "readiness" ? "token" : text === "log" ? "muted" : "ready",
    );
    if (text === "log") pen.fillRect(x - 0.6, middle - 6, 1.2, 12);
    else {
      pen.beginPath();
      pen.arc(x, middle, 3.2, 0, 7);
      if (text === "readiness") pen.stroke();
      else pen.fill();
    }
    pen.globalAlpha = 1;
    if (isSelected) frame(pen, x - 5, middle - 8, 10, 16, palette.color("focus"), 2.5);
  }
}

/** Hatches what nothing explains, through all rows of a run. */
function paintGaps(
  pen: CanvasRenderingContext2D,
  { model, view, palette, layout }: Scene,
  index: number,
): void {
  const run = model.runs[index] as Run;
  const stretches = stretchesOf(layout, index);
  pen.fillStyle = palette.hatch;
  pen.globalAlpha = 0.42;
  const { span } = run.report.path;
  eachBar(run.times.path, 0, span.length, view, (bar) => {
    if (span[bar.index] !== -1) return;
    for (const [top, bottom] of stretches) pen.fillRect(bar.x, top, bar.width, bottom - top);
  });
  pen.globalAlpha = 1;
}

function paintGrid(pen: CanvasRenderingContext2D, { view, palette, height }: Scene): void {
  pen.fillStyle = palette.color("grid");
  eachLine(view, (x) => pen.fillRect(Math.round(x), AXIS, 1, height));
}

function paintAxis(pen: CanvasRenderingContext2D, { view, palette, cursor }: Scene): void {
  const { color } = palette;
  pen.fillStyle = color("panel");
  pen.fillRect(0, 0, view.width, AXIS);
  pen.fillStyle = color("line");
  pen.fillRect(0, AXIS - 1, view.width, 1);
  eachLine(view, (x, ns, step) => {
    pen.fillStyle = color("line");
    pen.fillRect(Math.round(x), AXIS - 6, 1, 6);
    pen.fillStyle = color("muted");
    pen.fillText(time(ns, step), x + 4, AXIS / 2);
  });
  if (cursor === undefined) return;
  const text = duration(view.time(cursor));
  const width = pen.measureText(text).width + 8;
  const left = Math.min(cursor, view.width - width);
  pen.fillStyle = color("ink");
  pen.fillRect(cursor, AXIS - 4, 1, 4);
  pen.fillRect(left, 2, width, AXIS - 6);
  pen.fillStyle = color("panel");
  pen.fillText(text, left + 4, AXIS / 2);
}

function eachLine(view: View, visit: (x: number, ns: number, step: number) => void): void {
  const step = stepOf(view.scale * 90);
  for (let n = Math.ceil(view.from / step); n * step <= view.to; n++) {
    visit(view.x(n * step), n * step, step);
  }
}

/// <reference lib="dom" />
/**
 * The page: what there is, what is seen of it, and what is done with it.
 *
 * @module
 */
import type { Item, Run } from "./model.ts";
import type { Scene } from "./paint.ts";
import { stepOf, time } from "./format.ts";
import { layoutOf, rowAt, rowOf } from "./layout.ts";
import { modelOf } from "./model.ts";
import { paintOverview } from "./overview.ts";
import { AXIS, paint } from "./paint.ts";
import { paletteOf } from "./palette.ts";
import { briefly, tell } from "./panel.ts";
import { itemAt, neighbour } from "./pick.ts";
import { askAmong, find } from "./search.ts";
import { strips } from "./strips.ts";
import { View } from "./view.ts";
import { paintLegend } from "./legend.ts";

function get<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new TypeError(`Cannot show page as it has no '${id}'`);
}

const plot = get("plot", HTMLElement);
const canvas = get("canvas", HTMLCanvasElement);
const overview = get("overview", HTMLCanvasElement);
const spacer = get("spacer", HTMLElement);
const details = get("details", HTMLElement);
const tip = get("tip", HTMLElement);
const search = get("search", HTMLInputElement);
const count = get("count", HTMLOutputElement);
const range = get("range", HTMLOutputElement);
const help = get("help", HTMLDialogElement);
const paper = get("paper", HTMLElement);

const model = modelOf(JSON.parse(get("data", HTMLScriptElement).textContent ?? ""));
const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
const view = new View(model.runs);
const scene: Scene = {
  model,
  view,
  layout: layoutOf(model.runs),
  palette: paletteOf(pen),
  scroll: 0,
  height: 0,
  selected: undefined,
  anchor: 0,
  isMatch: undefined,
  cursor: undefined,
};
let matches: Item[] = [];
let isDue = false;

/** Draws, once per frame however often it is asked to. */
function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawNow();
  });
}

function drawNow() {
  const whole = scene.layout.height + AXIS;
  const height = Math.min(plot.clientHeight, whole);
  const scale = devicePixelRatio;
  view.width = Math.max(1, plot.clientWidth);
  scene.height = height;
  scene.scroll = plot.scrollTop;
  fit(canvas, view.width, height, scale);
  spacer.style.height = `${Math.max(0, whole - height)}px`;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  paint(pen, scene);
  const step = stepOf(view.scale * 20);
  const [from, to] = [Math.round(view.from / step), Math.round(view.to / step)];
  range.value = `${time(from * step, step)} to ${time(to * step, step)}`;
  fit(overview, overview.clientWidth, overview.clientHeight, scale);
  paintOverview(overview, scene, scale);
}

function fit(of: HTMLCanvasElement, width: number, height: number, scale: number): void {
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (of.width !== w) of.width = w;
  if (of.height !== h) of.height = h;
  if (of === canvas) of.style.height = `${height}px`;
}

/** What is to be laid out anew: lanes were opened or closed. */
function arrange() {
  scene.layout = layoutOf(model.runs);
  draw();
}

function select(item: Item | undefined): void {
  scene.selected = item;
  tell(details, model, item);
  draw();
  if (!item) return;
  const run = model.runs[item.run] as Run;
  const { start, end } = run.times[item.kind];
  const [from, to] = [Number(start[item.index]), Number(end[item.index])];
  scene.anchor = (Math.max(from, view.from) + Math.min(to, view.to)) / 2;
  view.reveal(from, to);
  if (!rowOf(scene.layout, item)) {
    run.isOpen[run.report.spans.process[item.index] ?? -1] = true;
    arrange();
  }
  const row = rowOf(scene.layout, item);
  if (!row) return;
  // The page's own height follows the rows: it has to, before what is below can be reached.
  spacer.style.height = `${Math.max(0, scene.layout.height + AXIS - scene.height)}px`;
  const room = scene.height - AXIS;
  if (row.y < plot.scrollTop) plot.scrollTop = row.y - 30;
  else if (row.y + row.height > plot.scrollTop + room) {
    plot.scrollTop = row.y + row.height - room + 30;
  }
}

/** Fills the view with what is selected. */
function zoomToSelected() {
  const { selected } = scene;
  if (!selected) return;
  const times = (model.runs[selected.run] as Run).times[selected.kind];
  const [from, to] = [Number(times.start[selected.index]), Number(times.end[selected.index])];
  const room = (to - from) * 0.05 || (view.to - view.from) * 0.05;
  view.show(from - room, to + room);
  draw();
}

function toggle(run: number, process: number): void {
  const { isOpen } = model.runs[run] as Run;
  isOpen[process] = !isOpen[process];
  arrange();
}

/** Opens all lanes; where all are open, closes them. */
function toggleAll() {
  const isAll = model.runs.every(({ isOpen }) => isOpen.every(Boolean));
  for (const { isOpen } of model.runs) isOpen.fill(!isAll);
  arrange();
}

function lookFor() {
  matches = find(model, search.value);
  scene.isMatch = search.value.trim() === "" ? undefined : askAmong(matches);
  count.value = scene.isMatch ? `${matches.length} found` : "";
  draw();
}

function nextMatch(direction: 1 | -1): void {
  if (matches.length === 0) return;
  const { selected } = scene;
  const at = matches.findIndex((item) =>
    item.run === selected?.run && item.kind === selected.kind && item.index === selected.index
  );
  const from = at === -1 && direction === -1 ? 0 : at;
  const next = (from + direction + matches.length) % matches.length;
  select(matches[next]);
  count.value = `${next + 1} of ${matches.length}`;
}

const ACTIONS: Record<string, () => void> = {
  "+": () => view.zoom(1 / 1.5),
  "=": () => view.zoom(1 / 1.5),
  w: () => view.zoom(1 / 1.5),
  "-": () => view.zoom(1.5),
  s: () => view.zoom(1.5),
  a: () => view.pan(-0.2),
  d: () => view.pan(0.2),
  "0": () => view.reset(),
  Home: () => view.show(view.home.from, view.home.from + view.to - view.from),
  End: () => view.show(view.home.to - (view.to - view.from), view.home.to),
  Enter: zoomToSelected,
  e: toggleAll,
  n: () => nextMatch(1),
  N: () => nextMatch(-1),
};

/** The keys work wherever the focus is, but where what has it needs one for itself. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const { key } = event;
  const isTyping = event.target === search;
  if (key === "Escape") letGo(isTyping);
  else if (isTyping || isTaken(event)) return;
  else if (key === "/") search.focus();
  else if (key === "?") help.showModal();
  else if (
    key === "ArrowUp" || key === "ArrowDown" || key === "ArrowLeft" || key === "ArrowRight"
  ) {
    go(key, event.shiftKey);
  } else if (Object.hasOwn(ACTIONS, key)) ACTIONS[key]?.();
  else return;
  event.preventDefault();
  draw();
});

/** Enter presses a button, and details that do not fit are scrolled. */
function isTaken({ key, target, shiftKey }: KeyboardEvent): boolean {
  if (target instanceof HTMLButtonElement) return key === "Enter";
  const isScroll = key === "ArrowUp" || key === "ArrowDown" || key === "Home" || key === "End";
  const isLong = details.scrollHeight > details.clientHeight;
  return target === details && isLong && isScroll && !shiftKey;
}

function go(key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight", isPan: boolean): void {
  const { anchor } = scene;
  const isAcross = key === "ArrowLeft" || key === "ArrowRight";
  if (!isPan) {
    // It may be scrolled out of sight, and Enter is to zoom then.
    plot.focus();
    select(neighbour(scene, key));
    if (!isAcross) scene.anchor = anchor;
  } else if (isAcross) view.pan(key === "ArrowLeft" ? -0.2 : 0.2);
  else plot.scrollBy(0, key === "ArrowUp" ? -40 : 40);
}

function letGo(isTyping: boolean): void {
  if (isTyping && search.value !== "") search.value = "";
  else if (scene.selected && !isTyping) return select(undefined);
  else {
    search.value = "";
    plot.focus();
  }
  lookFor();
}

search.addEventListener("input", lookFor);
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") nextMatch(event.shiftKey ? -1 : 1);
  else if (event.key === "ArrowDown" && matches.length > 0) {
    nextMatch(1);
    plot.focus();
  } else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("button[data-key]")) {
  button.addEventListener("click", () => {
    const key = button instanceof HTMLElement ? button.dataset.key ?? "" : "";
    if (key === "?") help.showModal();
    else ACTIONS[key]?.();
    draw();
  });
}

for (const button of document.querySelectorAll("button[data-find]")) {
  button.addEventListener("click", () => {
    if (!(button instanceof HTMLElement)) return;
    search.value = button.dataset.find ?? "";
    lookFor();
    nextMatch(1);
  });
}

plot.addEventListener("wheel", (event) => {
  const isZoom = event.ctrlKey || event.metaKey;
  const across = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
  if (isZoom) {
    view.zoom(
      1.0016 ** event.deltaY,
      view.time(event.clientX - canvas.getBoundingClientRect().left),
    );
  } else if (Math.abs(across) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    view.pan(across / view.width);
  } else return;
  event.preventDefault();
  draw();
}, { passive: false });

/** Where the pointer went down, and what was seen then. */
let drag:
  | { x: number; y: number; from: number; to: number; scroll: number; moved: boolean }
  | undefined;

function place({ clientX, clientY }: MouseEvent): { x: number; y: number; rowY: number } {
  const { left, top } = canvas.getBoundingClientRect();
  const [x, y] = [clientX - left, clientY - top];
  return { x, y, rowY: y < AXIS ? -1 : y - AXIS + scene.scroll };
}

plot.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const { x, y } = place(event);
  // On the bar that scrolls.
  if (x > view.width) return;
  drag = { x, y, from: view.from, to: view.to, scroll: plot.scrollTop, moved: false };
});

addEventListener("pointermove", (event) => {
  const { x, y, rowY } = place(event);
  if (drag) {
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < 4) return;
    drag.moved = true;
    const by = (drag.x - x) * view.scale;
    view.show(drag.from + by, drag.to + by);
    if (event.pointerType === "mouse") plot.scrollTop = drag.scroll + drag.y - y;
    return draw();
  }
  const isInside = event.target instanceof Node && plot.contains(event.target);
  const cursor = isInside && x >= 0 && x < view.width ? x : undefined;
  if (cursor === undefined && scene.cursor === undefined) return;
  scene.cursor = cursor;
  const item = cursor === undefined ? undefined : itemAt(scene, x, rowY);
  tip.hidden = !item;
  if (item) {
    tip.textContent = briefly(model, item);
    const room = document.documentElement.clientWidth;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, room - tip.offsetWidth - 8))}px`;
    tip.style.top = `${event.clientY + 16}px`;
  }
  draw();
});

addEventListener("pointerup", (event) => {
  if (!drag) return;
  const { moved } = drag;
  drag = undefined;
  if (moved || event.target !== canvas) return;
  const { x, rowY } = place(event);
  const row = rowAt(scene.layout, rowY);
  if (row?.kind === "process") toggle(row.run, row.process);
  else select(itemAt(scene, x, rowY));
});
addEventListener("pointercancel", () => drag = undefined);
plot.addEventListener("dblclick", zoomToSelected);
plot.addEventListener("scroll", draw);

overview.addEventListener("pointerdown", (event) => {
  overview.setPointerCapture(event.pointerId);
  center(event);
});
overview.addEventListener("pointermove", (event) => {
  if (overview.hasPointerCapture(event.pointerId)) center(event);
});

function center(event: PointerEvent): void {
  const { left, width } = overview.getBoundingClientRect();
  const { from, to } = view.home;
  const middle = from + (event.clientX - left) / width * (to - from);
  const half = (view.to - view.from) / 2;
  view.show(middle - half, middle + half);
  draw();
}

/** The scheme changed, or paper has another one. */
function recolor() {
  scene.palette = paletteOf(pen);
  paintLegend(get("legend", HTMLElement), scene);
  drawNow();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);
addEventListener("beforeprint", () => {
  document.documentElement.dataset.print = "";
  recolor();
  paper.replaceChildren(...strips(scene));
});
addEventListener("afterprint", () => {
  delete document.documentElement.dataset.print;
  paper.replaceChildren();
  recolor();
});
new ResizeObserver(draw).observe(plot);

tell(details, model, undefined);
recolor();

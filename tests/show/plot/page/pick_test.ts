import { assertEquals } from "@std/assert";
import { layoutOf } from "../../../../src/show/plot/page/layout.ts";
import { type Item, nameOf } from "../../../../src/show/plot/page/model.ts";
import type { Scene } from "../../../../src/show/plot/page/paint.ts";
import { itemAt, neighbour } from "../../../../src/show/plot/page/pick.ts";
import { View } from "../../../../src/show/plot/page/view.ts";
import { modelWith, SKETCHES } from "./_model.ts";

function scene(): Scene {
  const model = modelWith(SKETCHES);
  return {
    model,
    view: Object.assign(new View(model.runs), { width: 1000 }),
    layout: layoutOf(model.runs),
    palette: { color: () => "", fill: () => "", hatch: "" },
    scroll: 0,
    height: 500,
    selected: undefined,
    anchor: 0,
    isMatch: undefined,
    cursor: undefined,
  };
}

function tell({ model }: Scene, item: Item | undefined): string {
  return item ? `${item.kind} ${nameOf(model, item)}` : "nothing";
}

Deno.test("itemAt() finds what is under the pointer, or just beside it", () => {
  const plot = scene();
  const row = (kind: string, process = -1, lane = -1) => {
    const found = plot.layout.rows.find((one) =>
      one.kind === kind && one.process === process && one.lane === lane
    );
    return (found?.y ?? -1) + 2;
  };
  const at = (time: number, y: number, off = 0) =>
    tell(plot, itemAt(plot, plot.view.x(time) + off, y));
  assertEquals(at(10, row("path")), "path import b");
  assertEquals(at(65, row("path")), "path unattributed");
  assertEquals(at(40, row("span", 0, 1)), "span gc");
  assertEquals(at(50, row("span", 0, 1), 3), "span gc");
  assertEquals(at(50, row("span", 0, 1), 30), "nothing");
  assertEquals(at(20, row("event"), -2), "event readiness");
  assertEquals(at(20, row("process", 0)), "nothing");
});

Deno.test("neighbour() goes along a row and from row to row, and stays at the ends", () => {
  const plot = scene();
  const go = (key: Parameters<typeof neighbour>[1]) => {
    plot.selected = neighbour(plot, key);
    return tell(plot, plot.selected);
  };
  assertEquals(go("ArrowDown"), "path import b");
  assertEquals(go("ArrowLeft"), "path import b");
  assertEquals(go("ArrowRight"), "path gc");
  plot.anchor = 45;
  assertEquals(go("ArrowDown"), "event log");
  assertEquals(go("ArrowDown"), "span import a");
  assertEquals(go("ArrowDown"), "span gc");
  assertEquals(go("ArrowDown"), "span load");
  assertEquals(go("ArrowDown"), "span load");
  assertEquals(go("ArrowUp"), "span gc");
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { attributesOf, firstEndingAt, nameOf } from "../../../../src/show/plot/page/model.ts";
import { modelWith, SKETCHES } from "./_model.ts";

Deno.test("modelOf() finds the spans of each lane, and where the path's stretches begin", () => {
  const { runs: [run] } = modelWith(SKETCHES);
  assertEquals(run?.lanes.map((bounds) => [...bounds]), [[0, 1, 3], [3, 4]]);
  assertEquals(run?.times.path, {
    start: [0, 30, 50, 60, 70],
    end: [30, 50, 60, 70, 100],
  });
});

Deno.test("nameOf() and attributesOf() look texts up", () => {
  const model = modelWith(SKETCHES);
  const name = (kind: "span" | "path" | "event", index: number) =>
    nameOf(model, { run: 0, kind, index });
  assertEquals([name("span", 3), name("path", 1), name("path", 3), name("event", 0)], [
    "load",
    "gc",
    "unattributed",
    "readiness",
  ]);
  assertEquals(name("path", -1), "");
  assertEquals(attributesOf(model, model.runs[0]?.report.events.attributes[1]), [
    ["log.body", "Loading weights"],
  ]);
});

Deno.test("firstEndingAt() finds what a walk would find", () => {
  fc.assert(fc.property(fc.array(fc.nat(50)), fc.nat(60), (some, time) => {
    const ends = some.toSorted((a, b) => a - b);
    const walked = ends.findIndex((end) => end >= time);
    assertEquals(firstEndingAt(ends, time, 0, ends.length), walked === -1 ? ends.length : walked);
  }));
});

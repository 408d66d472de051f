import { assertEquals } from "@std/assert";
import { nameOf } from "../../../../src/show/plot/page/model.ts";
import { askAmong, find } from "../../../../src/show/plot/page/search.ts";
import { modelWith, SKETCHES } from "./_model.ts";

Deno.test("find() finds all words in names, phases, processes and lines of the log", () => {
  const model = modelWith(SKETCHES);
  const names = (text: string) =>
    find(model, text).map((item) => `${item.kind} ${nameOf(model, item)}`);
  assertEquals(names("IMPORT"), ["span import a", "span import b"]);
  assertEquals(names("b import"), ["span import b"]);
  assertEquals(names("worker load"), ["span load"]);
  assertEquals(names("weights"), ["event log"]);
  assertEquals(names("unattributed"), ["path unattributed"]);
  assertEquals(names("nothing"), []);
  assertEquals(names("  "), []);
});

Deno.test("find() finds in both runs, and askAmong() tells its items from others", () => {
  const found = find(modelWith(SKETCHES, SKETCHES), "gc");
  assertEquals(found.map(({ run, kind, index }) => [run, kind, index]), [
    [0, "span", 2],
    [1, "span", 2],
  ]);
  const isAmong = askAmong(found);
  assertEquals(isAmong({ run: 1, kind: "span", index: 2 }), true);
  assertEquals(isAmong({ run: 0, kind: "path", index: 2 }), false);
  assertEquals(isAmong({ run: 0, kind: "span", index: 1 }), false);
});

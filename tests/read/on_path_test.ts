import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { common, lengthOf, pathThrough } from "../../src/read/on_path.ts";
import { readStart } from "../../src/read/start.ts";
import { LAUNCH, span } from "./_spans.ts";

Deno.test("pathThrough() counts what is below a span of the kind, in other processes, too", () => {
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 100,
      container: true,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 100 },
    }),
    span({ id: "1", name: "inspect", start: 10, end: 60, parent: "root" }),
    span({ id: "2", name: "process", start: 20, end: 50, parent: "1", container: true }),
    span({ id: "3", name: "import", start: 30, end: 40, parent: "2" }),
    span({ id: "4", name: "other", start: 70, end: 90, parent: "root" }),
  ]);
  const path = pathThrough(start, ({ name }) => name === "inspect");
  assertEquals(
    path.map(({ owner, start, end }) => [owner.name, Number(start - LAUNCH), Number(end - LAUNCH)]),
    [["inspect", 10, 30], ["import", 30, 40], ["inspect", 40, 60]],
  );
  assertEquals(lengthOf(path), 50n);
  assertEquals(pathThrough(start, ({ name }) => name === "start"), []);
});

Deno.test("common() is what both lists cover", () => {
  const list = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }).map((times) => {
    const sorted = times.toSorted((a, b) => a - b).map(BigInt);
    return Array.from({ length: sorted.length >> 1 }, (_, i) => ({
      start: sorted[2 * i] ?? 0n,
      end: sorted[2 * i + 1] ?? 0n,
    }));
  });
  const covers = (all: { start: bigint; end: bigint }[], at: bigint) =>
    all.some(({ start, end }) => start <= at && at < end);
  fc.assert(fc.property(list, list, (some, others) => {
    const both = common(some, others);
    for (let at = 0n; at < 30n; at++) {
      assertEquals(covers(both, at), covers(some, at) && covers(others, at));
    }
    assertEquals(lengthOf(both), lengthOf(common(others, some)));
  }));
});

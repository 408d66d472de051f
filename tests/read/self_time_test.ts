import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { selfTimes } from "../../src/read/self_time.ts";

Deno.test("selfTimes() takes from each span the moments that its children cover", () => {
  const item = fc.record({
    start: fc.integer({ min: -10, max: 30 }),
    end: fc.integer({ min: 0, max: 40 }),
    parent: fc.integer({ min: -1, max: 12 }),
  });
  fc.assert(fc.property(fc.array(item, { maxLength: 12 }), (all) => {
    const expected = all.map(({ start, end }, i) => {
      const children = all.filter(({ parent }, child) => parent === i && child !== i);
      let own = 0;
      for (let at = start; at < end; at++) {
        if (!children.some((child) => child.start <= at && at < child.end)) own++;
      }
      return own;
    });
    const self = selfTimes({
      start: Float64Array.from(all, ({ start }) => start),
      end: Float64Array.from(all, ({ end }) => end),
      parent: Int32Array.from(all, ({ parent }) => parent),
    });
    assertEquals([...self], expected);
  }));
});

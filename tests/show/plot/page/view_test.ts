import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { View } from "../../../../src/show/plot/page/view.ts";

function view() {
  const report = { from_ns: -1e6, to_ns: 3e9, total_ns: 1e9, first_token_ns: 2e9 };
  return Object.assign(new View([{ report }]), { width: 1000 });
}

Deno.test("a View begins with what is of interest, from launch to the first token", () => {
  const { from, to } = view();
  assert(from < 0 && from > -1e8 && to > 2e9 && to < 2.2e9);
});

Deno.test("a View zooms around a time, which stays where it is", () => {
  const v = view();
  const x = v.x(5e8);
  v.zoom(0.5, 5e8);
  assertAlmostEquals(v.x(5e8), x, 1e-6);
  assertAlmostEquals(v.time(v.x(7e8)), 7e8, 1);
});

Deno.test("a View never leaves what there is, and never turns round", () => {
  const step = fc.oneof(
    fc.record({ zoom: fc.double({ min: 1e-9, max: 1e9, noNaN: true }) }),
    fc.record({ pan: fc.double({ min: -9, max: 9, noNaN: true }) }),
    fc.record({ reveal: fc.integer({ min: -1e6, max: 3e9 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const v = view();
    for (const one of steps) {
      if ("zoom" in one) v.zoom(one.zoom);
      else if ("pan" in one) v.pan(one.pan);
      else {
        v.reveal(one.reveal, one.reveal + 10);
        assert(v.from <= one.reveal && v.to >= one.reveal);
      }
      assert(v.to - v.from >= 199 && v.from >= -2e8 && v.to <= 3.2e9);
    }
  }));
});

Deno.test("reveal() leaves a view alone that shows it already", () => {
  const v = view();
  v.zoom(0.1, 5e8);
  const { from, to } = v;
  v.reveal(5e8, 6e8);
  assertEquals([v.from, v.to], [from, to]);
});

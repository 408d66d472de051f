import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Heap } from "../../../src/read/plot/_heap.ts";

Deno.test("Heap gives what it holds in order, whatever came and went before", () => {
  // A number is put in; none takes the first out.
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 60 });
  fc.assert(fc.property(steps, (steps) => {
    const heap = new Heap<number>((a, b) => a < b);
    const model: number[] = [];
    for (const step of steps) {
      if (step === null) assertEquals(heap.pop(), model.shift());
      else {
        heap.push(step);
        model.push(step);
        model.sort((a, b) => a - b);
      }
      assertEquals(heap.first, model[0]);
    }
  }));
});

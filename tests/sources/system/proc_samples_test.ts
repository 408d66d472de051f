import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ProcSamples } from "../../../src/sources/system/proc_samples.ts";

/** Samples of so many looks, one each second. */
function samplesOf(looks: number): ProcSamples {
  const samples = new ProcSamples();
  for (let i = 0; i < looks; i++) samples.take({ time: BigInt(i), cpu: 10 * i, rss: 4096 });
  return samples;
}

Deno.test("ProcSamples has every look while there are few", () => {
  for (const looks of [0, 1, 2, 3, 119]) {
    const told = samplesOf(looks).told(1);
    assertEquals(told.map(({ cpu }) => cpu), Array.from({ length: looks }, (_, i) => 10 * i));
  }
});

Deno.test("ProcSamples are at most 120, evenly from the first look to the last", () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 5_000 }), (looks) => {
      const times = samplesOf(looks).told(1).map(({ time }) => Number(time));
      assert(times.length <= 120 && times.length >= Math.min(looks, 60), `${times.length}`);
      assertEquals([times[0], times.at(-1)], [0, looks - 1]);
      const steps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      const last = steps.pop() ?? 0;
      assertEquals(new Set(steps).size, 1);
      assert(last > 0 && last <= (steps[0] ?? 0));
    }),
  );
});

Deno.test("ProcSamples are fewer where many processes have some", () => {
  const samples = samplesOf(1_000);
  for (const processes of [1, 100, 1_000, 2_000, 100_000]) {
    const told = samples.told(processes);
    assert(told.length >= 2 && told.length * processes <= Math.max(20_000, 2 * processes));
    assertEquals([told[0]?.time, told.at(-1)?.time], [0n, 999n]);
  }
});

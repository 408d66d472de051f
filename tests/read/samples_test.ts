import { assertEquals } from "@std/assert";
import { samplesOf } from "../../src/read/samples.ts";
import { span } from "./_spans.ts";

const NAME = "coldtrace.process.samples";

function samples(time: unknown, cpu: unknown, rss?: unknown) {
  const attributes = {
    [`${NAME}.time_ms`]: time as number[],
    [`${NAME}.cpu_time_ms`]: cpu as number[],
    ...(rss !== undefined && { [`${NAME}.rss`]: rss as number[] }),
  };
  return samplesOf(span({ id: "a", start: 0, end: 9, attributes }));
}

Deno.test("samplesOf() gives the CPUs used between samples and the memory at each", () => {
  assertEquals(samples([0, 500, 1500], [100, 600, 2600], [1, 2, 3]), {
    at: [0, 5e8, 15e8],
    cores: [0, 1, 2],
    rss: [1, 2, 3],
  });
});

Deno.test("samplesOf() does without memory, and takes a CPU time that falls for none", () => {
  assertEquals(samples([0, 10], [50, 0], [1]), { at: [0, 1e7], cores: [0, 0] });
});

Deno.test("samplesOf() gives nothing where there are no two samples that make sense", () => {
  for (
    const [time, cpu] of [
      [undefined, undefined],
      [[0], [0]],
      [[0, 1], [0]],
      [[1, 1], [0, 1]],
      [[2, 1], [0, 1]],
      [[0, "x"], [0, 1]],
      ["01", "01"],
    ]
  ) {
    assertEquals(samples(time, cpu), undefined);
  }
});

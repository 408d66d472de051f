import { assertEquals } from "@std/assert";
import { samplesBetween } from "../../../src/sources/merge/samples.ts";

const MS = 1_000_000n;
const SAMPLES = [3n, 10n, 20n, 30n].map((time, i) => ({
  time: time * MS,
  cpu: i * 10,
  rss: i * 4096,
}));

function told(start: bigint, end: bigint): unknown {
  const attributes = samplesBetween(SAMPLES, start * MS, end * MS);
  const of = (name: string) => attributes[`coldtrace.process.samples.${name}`];
  return [of("time_ms"), of("cpu_time_ms"), of("rss")];
}

Deno.test("samplesBetween() tells times from the start of the span, in whole milliseconds", () => {
  assertEquals(told(2n, 40n), [[1, 8, 18, 28], [0, 10, 20, 30], [0, 4096, 8192, 12288]]);
  // It may be said to be born after it was seen.
  assertEquals(told(4n, 40n), [[0, 6, 16, 26], [0, 10, 20, 30], [0, 4096, 8192, 12288]]);
});

Deno.test("samplesBetween() has one look after the end count, as of it", () => {
  assertEquals(told(2n, 19n), [[1, 8, 17], [0, 10, 20], [0, 4096, 8192]]);
  assertEquals(told(2n, 20n), [[1, 8, 18], [0, 10, 20], [0, 4096, 8192]]);
});

Deno.test("samplesBetween() tells of two looks within a millisecond the later one", () => {
  const looks = [1n, 2n, 3n, 4n].map((time) => ({ time: time * MS, cpu: Number(time), rss: 1 }));
  const late = { time: 3n * MS + 100n, cpu: 9, rss: 1 };
  const attributes = samplesBetween(looks.toSpliced(3, 0, late), 0n, 9n * MS);
  assertEquals(attributes["coldtrace.process.samples.time_ms"], [1, 2, 3, 4]);
  assertEquals(attributes["coldtrace.process.samples.cpu_time_ms"], [1, 2, 9, 4]);
});

Deno.test("samplesBetween() gives no attributes where there are less than three", () => {
  for (const count of [0, 1, 2]) {
    assertEquals(samplesBetween(SAMPLES.slice(0, count), 0n, 40n * MS), {});
  }
  assertEquals(samplesBetween(SAMPLES, 0n, 9n * MS), {});
});

import { assertEquals } from "@std/assert";
import { gaps } from "../../src/read/gaps.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import type { RecordAttributes, RecordEvent } from "../../src/trace/record.ts";
import { LAUNCH, processResource, random, type Sketch, span } from "./_spans.ts";
import { randomForest } from "./_forests.ts";

const MS = 1_000_000;

/** Times are in milliseconds. */
function startOf(
  sketches: readonly Sketch[],
  ready: number,
  lines: Readonly<Record<string, number>> = {},
  attributes: RecordAttributes = {},
): Start {
  const root = span({
    id: "root",
    start: 0,
    end: 1e12,
    attributes: { "coldtrace.engine": "test", ...attributes },
    events: { ready: ready * MS },
  });
  const log = Object.entries(lines).map(([text, at]): RecordEvent => ({
    name: "log",
    timeUnixNano: LAUNCH + BigInt(at * MS),
    attributes: { "log.body": text, "log.iostream": "stderr" },
  }));
  root.events = [...root.events ?? [], ...log];
  const inMs = sketches.map((one) => ({
    ...one,
    start: one.start * MS,
    ...(one.end !== undefined && { end: one.end * MS }),
  }));
  return readStart([root, ...inMs.map(span)]);
}

Deno.test("gaps() finds what no span explains, with what stands beside it", () => {
  const { total, share, large, small } = gaps(startOf([
    { id: "process", start: 0, end: 1000, container: true },
    { id: "import", start: 5, end: 400, parent: "process" },
    { id: "box", start: 400, end: 450, container: true, parent: "process" },
    { id: "weights", start: 500, end: 990, parent: "process" },
  ], 1000));
  assertEquals([total, share, small], [115_000_000n, 11.5, { count: 1, ns: 5_000_000n }]);
  const shown = large.map(({ start, ns, containers, before, after, lines, activity }) => [
    Number(start) / MS,
    Number(ns) / MS,
    containers,
    before?.name,
    after?.name,
    lines,
    activity,
  ]);
  assertEquals(shown, [
    [400, 100, ["box", "process"], "import", "weights", undefined, []],
    [990, 10, ["process"], "weights", undefined, undefined, []],
  ]);
});

Deno.test("gaps() tells those of 250 ms one by one, however long the start", () => {
  const { large, small } = gaps(startOf([
    { id: "a", start: 0, end: 50_000 },
    { id: "b", start: 50_250, end: 80_000 },
    { id: "c", start: 80_249, end: 90_000 },
  ], 90_000));
  assertEquals(large.map(({ start }) => Number(start) / MS), [50_000]);
  assertEquals(small, { count: 1, ns: 249_000_000n });
});

Deno.test("gaps() has the lines that were written in one, and the last before it", () => {
  const sketches = [{ id: "a", start: 0, end: 300 }, { id: "b", start: 700, end: 1000 }];
  const lines = { hello: 100, "loading weights": 300, "done": 699, "next": 700 };
  const [gap] = gaps(startOf(sketches, 1000, lines)).large;
  assertEquals(gap?.lines?.map(({ at, text }) => [Number(at) / MS, text]), [
    [300, "loading weights"],
    [699, "done"],
  ]);
  assertEquals(gap?.lastLine?.text, "hello");
  const { large, linesDropped } = gaps(
    startOf(sketches, 1000, { hello: 1 }, { "coldtrace.log.dropped": 17 }),
  );
  assertEquals([large[0]?.lines, linesDropped], [[], 17]);
});

Deno.test("gaps() tells what processes did, where samples are close enough", () => {
  const sampled = (name: string, time: number[], cpu: number[]): Sketch => ({
    id: name,
    start: 0,
    end: 4000,
    container: true,
    resource: processResource(name),
    attributes: {
      "coldtrace.process.samples.time_ms": time,
      "coldtrace.process.samples.cpu_time_ms": cpu,
      "coldtrace.process.samples.rss": time.map((ms) => 1000 * ms),
    },
  });
  const [gap] = gaps(startOf([
    { id: "a", start: 0, end: 1000 },
    { id: "b", start: 3000, end: 4000 },
    // Half of a CPU from 500 on, all of one from 1500 to 2500, none afterwards.
    sampled("busy", [0, 500, 1500, 2500, 3500], [0, 100, 600, 1600, 1600]),
    sampled("far apart", [0, 4500], [0, 2000]),
    sampled("far apart too", [0, 500, 3500, 4000], [0, 0, 1, 1]),
    sampled("gone before", [0, 500, 1500], [0, 1, 2]),
  ], 4000)).large;
  assertEquals(gap?.activity, [
    { process: "busy", cpus: (0.5 * 0.5 + 1 + 0) / 2, rss: 3_500_000 },
    { process: "far apart too", cpus: 1 / 3000, rss: 3_500_000 },
  ]);
});

Deno.test("gaps() sums to what is unattributed on random starts", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const below = random(seed * 86028121);
    const length = 2 + 2 * below(300);
    const { root: _, ...start } = startOf([], 1);
    const spans = randomForest(below, 1 + below(12), length, 60);
    const whole = { ...start, end: start.launch + BigInt(length), spans };
    const { total, large, small } = gaps(whole);
    assertEquals(large.reduce((sum, { ns }) => sum + ns, small.ns), total);
    // No two of them touch each other.
    large.forEach(({ start, ns }, i) => {
      const next = large[i + 1];
      if (next) assertEquals(start + ns < next.start, true, `seed ${seed}`);
    });
  }
});

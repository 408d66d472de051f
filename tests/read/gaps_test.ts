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
  const { total, share, listed, others } = gaps(startOf([
    { id: "process", start: 0, end: 1000, container: true },
    { id: "import", start: 5, end: 400, parent: "process" },
    { id: "box", start: 400, end: 450, container: true, parent: "process" },
    { id: "weights", start: 500, end: 990, parent: "process" },
  ], 1000));
  assertEquals([total, share, others], [115_000_000n, 11.5, { count: 0, ns: 0n }]);
  const shown = listed.map(({ start, ns, containers, previous, next, lines, activity }) => [
    Number(start) / MS,
    Number(ns) / MS,
    containers,
    previous?.name,
    next?.name,
    lines,
    activity,
  ]);
  assertEquals(shown, [
    [0, 5, ["process"], undefined, "import", undefined, []],
    [400, 100, ["box", "process"], "import", "weights", undefined, []],
    [990, 10, ["process"], "weights", undefined, undefined, []],
  ]);
});

Deno.test("gaps() lists the five largest, and those of 1 % or of 250 ms", () => {
  // So many milliseconds are between one second that is explained and the next.
  const between = (lengths: readonly number[], which?: "all") => {
    let time = 0;
    const sketches = lengths.map((length, i): Sketch => {
      const start = time + length;
      time = start + 1000;
      return { id: `s${i}`, start, end: time };
    });
    const { listed, others } = gaps(startOf(sketches, time), which);
    return [listed.map(({ ns }) => Number(ns) / MS), others.count, Number(others.ns) / MS];
  };
  assertEquals(between([1, 3, 2, 7, 5, 4, 6]), [[3, 7, 5, 4, 6], 2, 3]);
  assertEquals(between([2, 2, 2, 2, 2, 2]), [[2, 2, 2, 2, 2], 1, 2]);
  assertEquals(between([1, 3, 2, 7, 5, 4, 6], "all"), [[1, 3, 2, 7, 5, 4, 6], 0, 0]);
  // 1 % of 8 s.
  assertEquals(between([90, 91, 92, 60, 93, 94, 95]), [[90, 91, 92, 93, 94, 95], 1, 60]);
  const many = Array.from({ length: 93 }, () => 1);
  const long = [250, 251, 252, 253, 254, 255, 249];
  assertEquals(between([...long, ...many]), [long.slice(0, -1), 94, 342]);
});

Deno.test("gaps() has the lines that were written in one, and the last before it", () => {
  const sketches = [{ id: "a", start: 0, end: 300 }, { id: "b", start: 700, end: 1000 }];
  const lines = { hello: 100, "loading weights": 300, "done": 699, "next": 700 };
  const [gap] = gaps(startOf(sketches, 1000, lines)).listed;
  assertEquals(gap?.lines?.map(({ at, text }) => [Number(at) / MS, text]), [
    [300, "loading weights"],
    [699, "done"],
  ]);
  assertEquals(gap?.lastLine?.text, "hello");
  const { listed, linesDropped } = gaps(
    startOf(sketches, 1000, { hello: 1 }, { "coldtrace.log.dropped": 17 }),
  );
  assertEquals([listed[0]?.lines, linesDropped], [[], 17]);
});

/** A process, and how much CPU time it had used at some times; its memory grows with time. */
function sampled(name: string, time: number[], cpu: number[]): Sketch {
  return {
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
  };
}

Deno.test("gaps() tells what processes did, where samples are close enough", () => {
  const [gap] = gaps(startOf([
    { id: "a", start: 0, end: 1000 },
    { id: "b", start: 3000, end: 4000 },
    // Half of a CPU from 500 on, all of one from 1500 to 2500, none afterwards.
    sampled("busy", [0, 500, 1500, 2500, 3500], [0, 100, 600, 1600, 1600]),
    sampled("far apart", [0, 4500], [0, 2000]),
    sampled("far apart too", [0, 500, 3500, 4000], [0, 0, 1, 1]),
    sampled("gone before", [0, 500, 1500], [0, 1, 2]),
  ], 4000)).listed;
  assertEquals(gap?.activity, [
    { process: "busy", cpus: (0.5 * 0.5 + 1 + 0) / 2, rss: 3_500_000 },
    { process: "far apart too", cpus: 1 / 3000, rss: 3_500_000 },
  ]);
});

Deno.test("gaps() tells what processes did where the gap ends with the start", () => {
  const [gap] = gaps(startOf([
    { id: "a", start: 0, end: 1000 },
    sampled("busy", [500, 1500, 3500], [0, 500, 2500]),
    sampled("gone before half of it", [500, 1500, 2400], [0, 1, 2]),
  ], 4000)).listed;
  assertEquals(gap?.activity, [{
    process: "busy",
    cpus: (0.5 * 500 + 2000) / 2500,
    rss: 3_500_000,
  }]);
});

Deno.test("gaps() sums to what is unattributed on random starts", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const below = random(seed * 86028121);
    const length = 2 + 2 * below(300);
    const { root: _, ...start } = startOf([], 1);
    const spans = randomForest(below, 1 + below(12), length, 60);
    const whole = { ...start, end: start.launch + BigInt(length), spans };
    const { total, listed, others } = gaps(whole);
    assertEquals(listed.reduce((sum, { ns }) => sum + ns, others.ns), total);
    const all = gaps(whole, "all");
    assertEquals(all.listed.length, listed.length + others.count);
    assertEquals(all.listed.reduce((sum, { ns }) => sum + ns, 0n), total);
    // No two of them touch each other.
    all.listed.forEach(({ start, ns }, i) => {
      const next = all.listed[i + 1];
      if (next) assertEquals(start + ns < next.start, true, `seed ${seed}`);
    });
  }
});

import { assertEquals } from "@std/assert";
import { idleTime } from "../../src/read/idle.ts";
import { sketched } from "./reasons/_starts.ts";
import type { Sketch } from "./_spans.ts";

function sampled(id: string, time: number[], cpu: number[]): Sketch {
  const attributes = {
    "coldtrace.process.samples.time_ms": time,
    "coldtrace.process.samples.cpu_time_ms": cpu,
  };
  return { id, start: 0, end: 4000, container: true, attributes };
}

function idle(...spans: Sketch[]): number {
  return Number(idleTime(sketched({ ready: 4000, spans }))) / 1e6;
}

Deno.test("idleTime() is the time in which all processes slept", () => {
  const [early, late] = [
    sampled("a", [0, 1000, 2000, 4000], [0, 500, 510, 510]),
    sampled("b", [0, 2000, 3000, 4000], [0, 0, 0, 900]),
  ];
  assertEquals([idle(early), idle(late), idle(early, late)], [3000, 3000, 2000]);
});

Deno.test("idleTime() tells nothing of times and processes without samples", () => {
  assertEquals(idle(), 0);
  const late = sampled("a", [1000, 2000], [0, 0]);
  assertEquals(idle(late), 1000);
  const other: Sketch = {
    id: "b",
    start: 1500,
    end: 9000,
    container: true,
    attributes: { "coldtrace.source": "process" },
  };
  assertEquals(idle(late, other), 500);
});

Deno.test("idleTime() ends with the start", () => {
  assertEquals(idle(sampled("a", [0, 1000, 9000], [0, 900, 900])), 3000);
});

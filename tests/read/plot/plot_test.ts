import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { plotOf } from "../../../src/read/plot/plot.ts";
import { readStart } from "../../../src/read/start.ts";
import { type Stored, stored } from "../../show/_starts.ts";
import { processResource, type Sketch, span } from "../_spans.ts";

const ROOT = "0000000000000000";

function plotted(sketches: readonly Sketch[], events: Record<string, number> = { ready: 100 }) {
  const root = span({
    id: ROOT,
    start: 0,
    end: 200,
    container: true,
    attributes: { "coldtrace.engine": "test" },
    events,
  });
  return plotOf(readStart([root, ...sketches.map((sketch) => span({ parent: ROOT, ...sketch }))]));
}

Deno.test("plotOf() gives every nanosecond to one segment, and what spans explain to them", () => {
  const sketch = fc.record({
    start: fc.integer({ min: -20, max: 120 }),
    length: fc.integer({ min: 0, max: 80 }),
    parent: fc.integer({ min: -1, max: 12 }),
    process: fc.constantFrom("a", "b", "c"),
    container: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(sketch, { maxLength: 12 }), (all) => {
    const plot = plotted(all.map(({ start, length, parent, process, container }, i) => ({
      id: `${i}`,
      start,
      end: start + length,
      parent: parent === -1 ? ROOT : `${parent}`,
      resource: processResource(process),
      container,
    })));
    let at = 0;
    for (const { start, end } of plot.path) {
      assertEquals(start, at);
      at = end;
    }
    assertEquals(at, plot.total);
    const explained = plot.path.filter(({ span }) => span !== -1)
      .reduce((sum, { start, end }) => sum + end - start, 0);
    assertEquals(plot.spans.reduce((sum, { onPath }) => sum + onPath, 0), explained);
    assertEquals(plot.processes.reduce((sum, { onPath }) => sum + onPath, 0), explained);
    assertEquals(plot.spans.length, all.length);
    for (const { onPath, self, end, start } of plot.spans) {
      assert(self >= 0 && self <= end - start && onPath <= end - start);
    }
  }));
});

Deno.test("plotOf() orders processes by birth, and spans by process, lane and beginning", () => {
  const late = processResource("late");
  const early = processResource("early");
  const plot = plotted([
    { id: "1", start: 50, end: 90, resource: late },
    { id: "2", start: 0, end: 60, resource: early, phase: "import" },
    { id: "3", start: 30, end: 40, parent: "2", resource: early },
    { id: "4", start: 10, end: 20, parent: "2", resource: early },
  ]);
  assertEquals(plot.processes.map(({ name, lanes }) => [name, lanes]), [["early", 2], ["late", 1]]);
  assertEquals(
    plot.spans.map(({ record, lane, parent, phase, self }) => [
      record.spanId,
      lane,
      parent,
      phase,
      self,
    ]),
    [["2", 0, -1, "import", 40], ["4", 1, 0, "import", 10], ["3", 1, 0, "import", 10], [
      "1",
      0,
      -1,
      "1",
      40,
    ]],
  );
});

Deno.test("plotOf() tells what happened, but ready and first token, in order of time", () => {
  const plot = plotted(
    [{ id: "1", start: 0, end: 60, events: { exception: 5 } }],
    { ready: 100, first_token: 110, log: 40, readiness: 2 },
  );
  assertEquals(plot.events.map(({ at, event, span }) => [at, event.name, span]), [
    [2, "readiness", -1],
    [5, "exception", 0],
    [40, "log", -1],
  ]);
  assertEquals([plot.total, plot.from, plot.to], [100, 0, 110]);
});

Deno.test("plotOf() reads samples from the launch on, and the ids of processes", () => {
  const attributes = {
    "process.pid": 7,
    "coldtrace.process.samples.time_ms": [0, 1],
    "coldtrace.process.samples.cpu_time_ms": [0, 1],
  };
  const { processes } = plotted([{ id: "1", start: 50, end: 90, attributes }]);
  assertEquals(processes[0]?.pids, [7]);
  assertEquals(processes[0]?.samples, [{ at: [50, 1_000_050], cores: [0, 1] }]);
});

Deno.test("plotOf() lets open spans reach to the end of all, and says that they are open", () => {
  const plot = plotted([{ id: "1", start: 10 }, { id: "2", start: 20, end: 150 }], {});
  assertEquals(plot.spans.map(({ open, end }) => [open, end]), [[true, 200], [false, 150]]);
});

Deno.test("plotOf() draws recorded starts: ready, died, without a root, and another exporter's", () => {
  for (const name of ["ready", "died", "killed", "vllm"] satisfies Stored[]) {
    const [start] = stored(name);
    const plot = plotOf(start);
    assertEquals(plot.total, Number(start.end - start.launch));
    assertEquals(plot.spans.length, start.spans.length);
    assert(plot.processes.length > 0);
    const open = plot.spans.filter((span) => span.open).map(({ record }) => record.name);
    for (const one of start.open) assert(open.includes(one), `${one} is open`);
  }
});

import { assert, assertEquals } from "@std/assert";
import { type Grouping, groups, type Row, rows } from "../../src/read/rows.ts";
import { readStart } from "../../src/read/start.ts";
import { LAUNCH, processResource, random, type Sketch, span } from "./_spans.ts";

const CORE = processResource("engine core");
const API = processResource("API server");

function rowsOf(sketches: Sketch[], ready = 100): Row[] {
  const root: Sketch = {
    id: "root",
    start: 0,
    end: 200,
    attributes: { "coldtrace.engine": "test" },
    events: { ready },
  };
  return rows(readStart([root, ...sketches].map(span)));
}

function brief(result: Row[]): (string | number | undefined)[][] {
  return result.map(({ name, phase, process, ns, start }) => [
    name,
    phase,
    process,
    Number(start - LAUNCH),
    Number(ns),
  ]);
}

Deno.test("rows() groups by process and phase in the order of first appearance", () => {
  const result = rowsOf([
    { id: "1", name: "import hono", start: 0, end: 10, phase: "import", resource: API },
    { id: "2", name: "load weights", start: 10, end: 50, phase: "weights", resource: CORE },
    { id: "3", name: "import addon", start: 50, end: 60, phase: "import", resource: CORE },
    { id: "4", name: "import openai", start: 60, end: 90, phase: "import", resource: API },
    { id: "5", name: "listen", start: 90, end: 100, resource: API },
  ]);
  assertEquals(brief(result), [
    ["import hono", "import", "API server", 0, 40],
    ["load weights", "weights", "engine core", 10, 40],
    ["import addon", "import", "engine core", 50, 10],
    ["listen", "listen", "API server", 90, 10],
  ]);
  assertEquals(result.map(({ share }) => share), [40, 40, 10, 10]);
});

Deno.test("rows() takes the phase of the nearest ancestor that has one", () => {
  const result = rowsOf([
    { id: "load", name: "load weights", start: 0, end: 90, phase: "weights" },
    { id: "read", start: 20, end: 40, parent: "load" },
    { id: "box", start: 40, end: 60, parent: "load", container: true },
    { id: "map", start: 40, end: 60, parent: "box" },
    { id: "compile", start: 60, end: 70, parent: "load", phase: "compile" },
    { id: "late", start: 90, end: 100, parent: "load" },
  ]);
  assertEquals(brief(result), [
    ["load weights", "weights", "test", 0, 90],
    ["compile", "compile", "test", 60, 10],
  ]);
});

Deno.test("rows() shows what is unattributed, by the container that covers it", () => {
  const result = rowsOf([
    { id: "core", name: "process engine core", start: 10, end: 90, container: true },
    { id: "work", start: 20, end: 30, parent: "core" },
  ]);
  assertEquals(
    result.map(({ name, phase, process, source, attributed, ns }) => [
      name,
      phase,
      process,
      source,
      attributed,
      ns,
    ]),
    [
      ["unattributed", "unattributed", undefined, undefined, false, 20n],
      ["unattributed in process engine core", "unattributed", undefined, undefined, false, 70n],
      ["work", "work", "test", "tracer", true, 10n],
    ],
  );
});

Deno.test("rows() keeps a phase that is called unattributed apart from what is", () => {
  const result = rowsOf([{ id: "a", name: "unattributed", start: 10, end: 30 }]);
  assertEquals(result.map(({ attributed, ns }) => [attributed, ns]), [[false, 80n], [true, 20n]]);
});

Deno.test("rows() does not count the root when nothing else covers the time", () => {
  const result = rowsOf([]);
  assertEquals(brief(result), [["unattributed", "unattributed", undefined, 0, 100]]);
});

Deno.test("rows() names a process by its service and pid when it has no name", () => {
  const attributes = { "service.name": "vllm.server", "process.pid": 12485 };
  const result = rowsOf([
    { id: "a", start: 0, end: 50, resource: { attributes } },
    { id: "b", start: 50, end: 100, resource: { attributes: {} } },
  ]);
  assertEquals(result.map(({ process }) => process), ["vllm.server 12485", "unknown"]);
});

Deno.test("rows() says which witness a span came from", () => {
  const result = rowsOf([
    { id: "a", start: 0, end: 50, attributes: { "coldtrace.source": "process" } },
    { id: "b", start: 50, end: 100 },
  ]);
  assertEquals(result.map(({ source }) => source), ["process", "tracer"]);
});

Deno.test("rows() sums to the total in integers and to 100.0 % on random starts", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const below = random(seed * 104729);
    const ready = 1 + below(1e9);
    const sketches = Array.from({ length: below(40) }, (_, i): Sketch => {
      const start = below(2e9) - 5e8;
      return {
        id: `s${i}`,
        start,
        end: start + below(1e9),
        parent: `s${below(50)}`,
        container: below(4) === 0,
        ...(below(2) === 0 && { phase: `phase ${below(5)}` }),
      };
    });
    const result = rowsOf(sketches, ready);
    assertEquals(result.reduce((sum, { ns }) => sum + ns, 0n), BigInt(ready), `seed ${seed}`);
    const tenths = result.reduce((sum, { share }) => sum + Math.round(share * 10), 0);
    assertEquals(tenths, 1000, `seed ${seed}`);
    assert(result.every(({ ns }) => ns > 0n));
    const starts = result.map(({ start }) => start);
    assertEquals(starts, starts.toSorted((a, b) => a < b ? -1 : 1));
  }
});

Deno.test("rows() is empty when the start took no time", () => {
  assertEquals(rowsOf([{ id: "a", start: 0, end: 50 }], 0), []);
});

Deno.test("rows() says what a row consists of, imports by package", () => {
  const imported = (id: string, module: string, start: number, end: number, parent?: string) => ({
    id,
    start,
    end,
    ...(parent !== undefined && { parent }),
    name: `import ${module}`,
    phase: "import",
    attributes: { "coldtrace.import.module": module },
  });
  const [row, other] = rowsOf([
    imported("a", "vllm.main", 0, 60),
    imported("b", "torch", 10, 40, "a"),
    imported("c", "torch._C", 12, 20, "b"),
    { id: "d", start: 60, end: 90, name: "load", phase: "weights" },
  ]);
  assertEquals(row?.parts, [{ name: "torch", ns: 30n }, { name: "vllm", ns: 30n }]);
  assertEquals(other?.parts, [{ name: "load", ns: 30n }]);
});

const GROUPINGS: readonly Grouping[] = ["phase", "process", "source", "package"];

Deno.test("groups() groups by one thing over all others, the largest first", () => {
  const imported = (id: string, module: string, start: number, end: number, resource = API) => ({
    id,
    start,
    end,
    resource,
    phase: "import",
    attributes: { "coldtrace.import.module": module, "coldtrace.source": "probe" },
  });
  const root: Sketch = {
    id: "root",
    start: 0,
    end: 200,
    attributes: { "coldtrace.engine": "test" },
    events: { ready: 100 },
  };
  const start = readStart([
    root,
    imported("a", "torch", 0, 30),
    imported("b", "torch._C", 30, 50, CORE),
    imported("c", "vllm.main", 50, 60, CORE),
    { id: "d", name: "load", phase: "weights", start: 60, end: 85, resource: CORE },
    { id: "e", name: "box", start: 85, end: 95, container: true },
  ].map(span));
  const shown = (by: Grouping) =>
    groups(start, by).map(({ name, ns, parts }) => [
      `${name} ${ns}`,
      parts.map(({ name, ns }) => `${name} ${ns}`).join(", "),
    ]);
  const unattributed = ["unattributed 15", "unattributed in box 10, unattributed 5"];
  assertEquals(shown("phase"), [
    ["import 60", "API server 30, engine core 30"],
    ["weights 25", "engine core 25"],
    unattributed,
  ]);
  assertEquals(shown("process"), [
    ["engine core 55", "import 30, weights 25"],
    ["API server 30", "import 30"],
    unattributed,
  ]);
  assertEquals(shown("source"), [
    ["probe 60", "import 60"],
    ["tracer 25", "weights 25"],
    unattributed,
  ]);
  assertEquals(shown("package"), [
    ["torch 50", "API server 30, engine core 20"],
    ["not an import 25", "weights 25"],
    unattributed,
    ["vllm 10", "engine core 10"],
  ]);
});

Deno.test("groups() sums to the total in integers and to 100.0 % on random starts", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const below = random(seed * 32452843);
    const ready = 1 + below(1e6);
    const sketches = Array.from({ length: below(30) }, (_, i): Sketch => {
      const start = below(1e6);
      return {
        id: `s${i}`,
        start,
        end: start + below(1e6),
        container: below(5) === 0,
        attributes: below(2) === 0 ? { "coldtrace.import.module": `p${below(4)}.x` } : {},
      };
    });
    const attributes = { "coldtrace.engine": "test" };
    const root = { id: "root", start: 0, end: 1e9, attributes, events: { ready } };
    const start = readStart([root, ...sketches].map(span));
    for (const by of GROUPINGS) {
      const found = groups(start, by);
      assertEquals(found.reduce((sum, { ns }) => sum + ns, 0n), BigInt(ready), `seed ${seed}`);
      const tenths = found.reduce((sum, { share }) => sum + Math.round(share * 10), 0);
      assertEquals(tenths, 1000, `seed ${seed}`);
      for (const { ns, parts } of found) {
        assertEquals(parts.reduce((sum, part) => sum + part.ns, 0n), ns);
      }
    }
  }
});

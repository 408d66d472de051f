import { assert, assertEquals } from "@std/assert";
import { chain, fold, type Step, targetOf } from "../../src/read/chain.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { stored } from "../show/_starts.ts";
import { randomForest } from "./_forests.ts";
import { processResource, random, type Sketch, span } from "./_spans.ts";

function startOf(
  sketches: readonly Sketch[],
  ready: number = 100,
  firstToken: number | undefined = undefined,
): Start {
  const events = { ready, ...(firstToken !== undefined && { first_token: firstToken }) };
  const attributes = { "coldtrace.engine": "test" };
  return readStart([{ id: "root", start: 0, end: 1e9, attributes, events }, ...sketches].map(span));
}

function chainOf(start: Start, to?: string): Step[] {
  const target = targetOf(start, to);
  assert(target, `${to}`);
  return chain(start, target);
}

/** `start-end:name`, the last one first. */
function brief(steps: readonly Step[]): string {
  return steps.map(({ start, ns, kind, name }) =>
    `${start}-${start + ns}:${kind === "gap" ? "?" : name}`
  ).join(" ");
}

// The three cases in which the critical path of Jaeger charges the parent: a child that ends exactly
// where the next one begins (jaeger #9148), children that overlap, and those that outlive their
// parent, which are cut or dropped (jaeger-ui #2371).

Deno.test("chain() follows children that stand back to back", () => {
  const start = startOf([
    { id: "engine", start: 0, end: 100 },
    { id: "import", start: 0, end: 20, parent: "engine" },
    { id: "weights", start: 20, end: 60, parent: "engine" },
    { id: "compile", start: 60, end: 100, parent: "engine" },
  ]);
  assertEquals(brief(chainOf(start)), "60-100:compile 20-60:weights 0-20:import");
});

Deno.test("chain() follows children that overlap", () => {
  const start = startOf([
    { id: "engine", start: 0, end: 100 },
    { id: "A", start: 0, end: 40, parent: "engine" },
    { id: "B", start: 20, end: 100, parent: "engine" },
  ]);
  assertEquals(brief(chainOf(start)), "20-100:B 0-20:A");
});

Deno.test("chain() follows children that outlive their parent", () => {
  const start = startOf([
    { id: "spawn", start: 0, end: 30 },
    { id: "worker", start: 10, end: 80, parent: "spawn" },
    { id: "listen", start: 80, end: 100 },
  ]);
  assertEquals(brief(chainOf(start)), "80-100:listen 10-80:worker 0-10:spawn");
});

Deno.test("chain() has what no span explains as a step, with what stands beside it", () => {
  const steps = chainOf(startOf([
    { id: "a", start: 10, end: 30 },
    { id: "box", start: 30, end: 50, container: true },
    { id: "b", start: 60, end: 90 },
  ]));
  assertEquals(brief(steps), "90-100:? 60-90:b 50-60:? 30-50:? 10-30:a 0-10:?");
  const gaps = steps.filter(({ kind }) => kind === "gap")
    .map(({ name, previous, next }) => [name, previous?.name, next?.name]);
  assertEquals(gaps, [
    ["unattributed", "b", undefined],
    ["unattributed", "a", "b"],
    ["unattributed in box", "a", "b"],
    ["unattributed", undefined, "a"],
  ]);
});

Deno.test("chain() leads to the first token, or to the end of a span", () => {
  const start = startOf(
    [
      { id: "load 1", name: "load", start: 0, end: 30 },
      { id: "load 2", name: "load", start: 30, end: 60 },
      { id: "ready", start: 60, end: 100 },
      { id: "token", start: 100, end: 120 },
    ],
    100,
    120,
  );
  assertEquals(
    brief(chainOf(start, "first-token")),
    "100-120:token 60-100:ready 30-60:load 0-30:load",
  );
  assertEquals(brief(chainOf(start, "load")), "30-60:load 0-30:load");
  assertEquals(targetOf(start, "load")?.among, 2);
  assertEquals(brief(chainOf(start, "load 1")), "0-30:load");
  assertEquals(targetOf(start, "lod"), undefined);
});

Deno.test("targetOf() is the end of a start that did not get ready", () => {
  const [died] = stored("died");
  assertEquals(targetOf(died)?.name, "end");
  assertEquals([targetOf(died, "ready"), targetOf(died, "first-token")], [undefined, undefined]);
});

Deno.test("chain() sums to its target, and folded too, on random starts", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const below = random(seed * 6700417);
    const length = 2 + 2 * below(500);
    const { root: _, ...start } = startOf([], length);
    const whole = { ...start, spans: randomForest(below, 1 + below(60), length, 300) };
    for (const to of [undefined, "s1", "s2"]) {
      const target = targetOf(whole, to);
      if (target === undefined) continue;
      const steps = chain(whole, target);
      for (const some of [steps, fold(steps)]) {
        const sum = some.reduce((total, { ns }) => total + ns, 0n);
        assertEquals(sum, target.at - start.launch, `seed ${seed}`);
        assertEquals(some.reduce((total, { count }) => total + count, 0), steps.length);
        // Each begins where the next one, which is before it, ends.
        some.forEach(({ start: from }, i) => {
          const before = some[i + 1];
          assertEquals(from, before ? before.start + before.ns : 0n, `seed ${seed}`);
        });
      }
    }
  }
});

Deno.test("fold() tells what is large by itself, and the rest by process", () => {
  const imported = (id: string, module: string, start: number, end: number, process: string) => ({
    id,
    name: `import ${module}`,
    start,
    end,
    phase: "import",
    attributes: { "coldtrace.import.module": module },
    resource: processResource(process),
  });
  const steps = chainOf(startOf([
    imported("a", "torch", 0, 300, "API"),
    imported("b", "torch._C", 300, 350, "API"),
    imported("c", "numpy", 350, 362, "API"),
    imported("d", "sympy", 363, 370, "API"),
    { id: "spawn", start: 370, end: 374, resource: processResource("API") },
    imported("e", "yaml", 374, 380, "core"),
    { id: "weights", start: 380, end: 1000, resource: processResource("core") },
  ], 1000));
  assertEquals(steps.length, 8);
  const folded = fold(steps).map(({ kind, name, process, ns, count, names }) => [
    kind === "smaller" ? names?.map(({ name }) => name).join() : name,
    process,
    Number(ns),
    count,
  ]);
  assertEquals(folded, [
    ["weights", "core", 620, 1],
    ["import yaml", "core", 6, 1],
    ["import numpy,import sympy,spawn,gap", "API", 24, 4],
    ["import torch", "API", 350, 2],
  ]);
});

Deno.test("fold() keeps a chain of thousands of steps short", () => {
  const start = startOf(
    Array.from({ length: 3000 }, (_, i) => ({
      id: `s${i}`,
      start: i,
      end: i + 1,
      resource: processResource(`process ${Math.floor(i / 7) % 90}`),
    })),
    3000,
  );
  const steps = chainOf(start);
  assertEquals([steps.length, fold(steps).length], [3000, 1]);
});

Deno.test("chain() leads to a span past whatever runs beside it", () => {
  const start = startOf([
    { id: "a", start: 0, end: 30 },
    { id: "b", start: 30, end: 60 },
    { id: "c", start: 50, end: 80 },
    { id: "other thread", start: 10, end: 95 },
    { id: "b1", start: 30, end: 40, parent: "b" },
    { id: "b2", start: 40, end: 60, parent: "b" },
  ]);
  assertEquals(brief(chainOf(start, "b2")), "40-60:b2 30-40:b1 0-30:a");
  assertEquals(brief(chainOf(start, "b")), "40-60:b2 30-40:b1 0-30:a");
});

Deno.test("chain() to any span ends with it, or what lies under it, and sums to its end", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const forest = randomForest(random(seed), 40, 300, 100);
    const spans = [...new Map(forest.map((one) => [one.spanId, one])).values()];
    const start = { ...startOf([], 300), spans };
    const byId = new Map(start.spans.map((one) => [one.spanId, one]));
    for (const { spanId } of start.spans) {
      const target = targetOf(start, spanId);
      if (target === undefined) continue;
      const steps = chain(start, target);
      const sum = steps.reduce((all, { ns }) => all + ns, 0n);
      assertEquals(sum, target.at - start.launch);
      let last = steps[0]?.span;
      // Who is above whom may go in circles.
      for (let up = 0; up < spans.length && last && last.spanId !== spanId; up++) {
        last = byId.get(last.parentSpanId ?? "");
      }
      const isEmpty = (target.span?.startTimeUnixNano ?? 0n) >= target.at;
      assert(last || isEmpty || steps[0]?.kind === "gap", `${seed} ${spanId}`);
    }
  }
});

import { assertEquals } from "@std/assert";
import { joinProcesses } from "../../../src/sources/merge/processes.ts";
import type { WitnessProcess, WitnessSpan } from "../../../src/sources/witness.ts";
import { span } from "./_spans.ts";

const ENGINE = { pid: 100, name: "api", launch: 1000n };

function joined(told: WitnessProcess[], spans: WitnessSpan[] = []) {
  return [...joinProcesses(told, spans, ENGINE).values()];
}

Deno.test("joinProcesses() believes the first who knows something, and adds what the others know", () => {
  const [engine, core] = joined([
    { pid: 200, name: "EngineCore", died: 3000n, attributes: { a: 1 } },
    {
      pid: 200,
      parent: 100,
      name: "python3",
      born: 1100n,
      died: 2900n,
      attributes: { a: 2, b: 2 },
    },
    { pid: 100, attributes: { c: 3 } },
  ]);
  assertEquals(engine, { pid: 100, name: "api", born: 1000n, attributes: { c: 3 } });
  assertEquals(core, {
    pid: 200,
    parent: 100,
    name: "EngineCore",
    born: 1100n,
    died: 3000n,
    attributes: { a: 1, b: 2 },
  });
});

Deno.test("joinProcesses() has the engine's own process begin at launch, by the name that is known", () => {
  const [engine] = joined([{ pid: 100, name: "APIServer", born: 900n }]);
  assertEquals([engine?.name, engine?.born], ["APIServer", 1000n]);
  assertEquals(joined([]).map(({ name, born }) => [name, born]), [["api", 1000n]]);
});

Deno.test("joinProcesses() has a process that nobody saw begin begin with the first that it did", () => {
  const early = span("otlp", "load", [1500, 1600], { pid: 200 });
  const first = span("otlp", "init", [1200, 1300], { pid: 200 });
  assertEquals(joined([{ pid: 200 }], [early, first])[1]?.born, 1200n);
  assertEquals(joined([], [early, first])[1]?.born, 1200n);
  assertEquals(joined([{ pid: 200, born: 1400n }], [early, first])[1]?.born, 1400n);
});

Deno.test("joinProcesses() gives parents before their children, and those by their age", () => {
  const all = joined([
    { pid: 400, parent: 300, born: 1500n },
    { pid: 300, parent: 100, born: 1400n },
    { pid: 202, parent: 100, born: 1200n },
    { pid: 201, parent: 100, born: 1200n },
  ]);
  assertEquals(all.map(({ pid }) => pid), [100, 201, 202, 300, 400]);
});

Deno.test("joinProcesses() puts a process under the engine's where its parent is not known", () => {
  const all = joined([{ pid: 200, parent: 1 }, { pid: 300, parent: 200 }]);
  assertEquals(all.map(({ pid, parent }) => [pid, parent]), [
    [100, undefined],
    [200, 100],
    [300, 200],
  ]);
});

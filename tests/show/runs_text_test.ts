import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { censusOf } from "../../src/read/census.ts";
import { runFactsText, runsText } from "../../src/show/runs_text.ts";
import { stored } from "./_starts.ts";
import { storedRun } from "./_stored_runs.ts";

const ready = { events: { ready: 12_345_600_000, first_token: 12_500_000_000 } };

/** The text without what depends on where the clock hangs. */
function anywhere(text: string): string {
  return text.replaceAll(/\d\d-\d\d \d\d:\d\d/g, "MM-DD hh:mm");
}

Deno.test("runsText() has a line per run under a header", () => {
  const label = { "coldtrace.label": "eager" };
  const { start: _, ...broken } = { ...storedRun(5), size: 12 };
  const text = runsText([
    storedRun(1, { ...ready, attributes: label }),
    storedRun(2, { events: { ready: 84_900_000 }, attributes: label }),
    storedRun(3),
    { ...storedRun(4), isOpen: true, size: 1_249_000 },
    broken,
    storedRun(6, { events: { ready: 1e9 }, status: { code: 2 } }),
  ]);
  assertEquals(
    anywhere(text),
    `              run         when  label  engine     total      token    size
  20261123-213401  MM-DD hh:mm  eager  vLLM    12.346 s   12.500 s  412 kB
  20261123-213402  MM-DD hh:mm  eager  vLLM     0.085 s      ready  412 kB
  20261123-213403  MM-DD hh:mm         vLLM    12.346 s       died  412 kB
  20261123-213404  MM-DD hh:mm         vLLM              under way  1.2 MB
  20261123-213405                                           broken    12 B
  20261123-213406  MM-DD hh:mm         vLLM     1.000 s   no token  412 kB
`,
  );
});

Deno.test("runsText() shows as much of the ids as tells them apart", () => {
  const twins = (a: string, b: string) => [a, b].map((id) => ({ ...storedRun(1), id }));
  const [, first = ""] = runsText(twins("20261123-213401-123-x7k2", "20261123-213401-124-x7k2"))
    .split("\n");
  assertMatch(first, /^ {2}20261123-213401-123 {2}\S/);
  const [, second = ""] = runsText(twins("20261123-213401-123-x7k2", "20261123-213401-123-x7k3"))
    .split("\n");
  assertMatch(second, /^ {2}20261123-213401-123-x7k2 {2}\S/);
});

Deno.test("runsText() fits into 80 columns and obeys no label", () => {
  const label = { "coldtrace.label": `\u001b[2J${"long ".repeat(30)}` };
  const text = runsText([storedRun(1, {
    ...ready,
    attributes: { "coldtrace.engine": "llama.cpp", ...label },
  })]);
  for (const line of text.split("\n")) assertEquals(line.length <= 80, true, line);
  assertEquals(text.includes("\u001b"), false);
});

Deno.test("runsText() is nothing where there is no run", () => {
  assertEquals(runsText([]), "");
});

Deno.test("runFactsText() lists what the root knows, by part", () => {
  const run = storedRun(1, {
    ...ready,
    attributes: {
      "coldtrace.label": "eager",
      "coldtrace.series": "s1",
      "coldtrace.series.number": 3,
      "coldtrace.series.size": 12,
      "process.command_args": ["vllm", "serve", "it's a model"],
      "coldtrace.engine.version": "0.32.0",
      "host.name": "box",
      "host.cpu.model.name": "Fast",
      "coldtrace.host.memory": 64_000_000_000,
      "coldtrace.gpu.model": ["A", "B"],
      "coldtrace.cgroup.memory_peak": 1_812_779_008,
      "vcs.ref.head.revision": "abc",
      "coldtrace.warm": true,
    },
  });
  const text = runFactsText(run, { spans: 1, processes: 1, sources: new Map([["tracer", 1]]) });
  assertEquals(
    text.replace(/launched .*/, "launched"),
    `vLLM ready in 12.35 s, first token after 12.50 s

run 20261123-213401-123-x7k2
  label                  eager
  launched
  command                vllm serve 'it'\\''s a model'
  series                 3 of 12 in s1
  file                   /data/runs/20261123-213401-123-x7k2.otlp.jsonl (412 kB)
  spans                  1 of 1 process
  sources                tracer 1
  trace                  5b8efff798038103d269b633813fc60c

engine
  version                0.32.0

host
  name                   box
  cpu model name         Fast
  memory                 64 GB
  gpu model              A, B

control group
  memory peak            1.8 GB

others
  vcs ref head revision  abc
  warm                   true
`,
  );
});

Deno.test("runFactsText() tells of a trace of others what there is", () => {
  const [start] = stored("vllm");
  const run = { id: "x.jsonl", path: "x.jsonl", size: 7948, isOpen: false, start };
  const text = runFactsText(run, censusOf(start));
  assertStringIncludes(text, "\nrun x.jsonl\n");
  assertStringIncludes(text, "\n  sources         tracer 9\n");
  assertEquals(text.includes("engine\n"), false);
});

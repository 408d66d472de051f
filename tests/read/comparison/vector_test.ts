import { assertEquals } from "@std/assert";
import { vectorOf } from "../../../src/read/comparison/vector.ts";
import { readStart } from "../../../src/read/start.ts";
import { stored } from "../../show/_starts.ts";
import { LAUNCH, processResource, span } from "../_spans.ts";

const ROOT = {
  id: "r",
  start: 0,
  end: 120,
  container: true,
  events: { ready: 100, first_token: 110 },
};

Deno.test("vectorOf() takes the rows, the total, the first token and who it was", () => {
  const start = readStart([
    span({
      ...ROOT,
      attributes: {
        "coldtrace.engine": "vLLM",
        "coldtrace.run": "20261128-000000-000-abcd",
        "coldtrace.label": "base",
        "coldtrace.series": "s1",
        "coldtrace.series.number": 3,
        "coldtrace.engine.model": "m",
      },
    }),
    span({
      id: "w",
      parent: "r",
      start: 10,
      end: 60,
      phase: "weights",
      resource: processResource("Worker"),
    }),
    span({
      id: "b",
      parent: "r",
      start: 60,
      end: 90,
      phase: "boot",
      resource: processResource("API"),
    }),
    span({
      id: "v",
      parent: "r",
      start: 90,
      end: 95,
      phase: "weights",
      resource: processResource("Worker"),
    }),
  ]);
  assertEquals(vectorOf(start), {
    run: "20261128-000000-000-abcd",
    label: "base",
    launch: LAUNCH,
    ready: true,
    total: 100,
    firstToken: 110,
    series: { id: "s1", number: 3 },
    identity: { model: "m", engine: "vLLM" },
    rows: [
      { phase: "unattributed", ns: 15 },
      { process: "API", phase: "boot", ns: 30 },
      { process: "Worker", phase: "weights", ns: 55 },
    ],
  });
});

Deno.test("vectorOf() adds up to the total when starts are real", () => {
  for (const name of ["ready", "vllm"] as const) {
    const [start] = stored(name);
    const { total, rows, ready } = vectorOf(start);
    assertEquals(rows.reduce((sum, { ns }) => sum + ns, 0), total);
    assertEquals(total, Number(start.end - start.launch));
    assertEquals(ready, true);
  }
});

Deno.test("vectorOf() does not take a start that died for a ready one, but a trace of others", () => {
  for (const name of ["died", "killed"] as const) {
    assertEquals(vectorOf(stored(name)[0]).ready, false);
  }
  const foreign = vectorOf(readStart([span({ id: "a", start: 0, end: 50 })]));
  assertEquals([foreign.ready, foreign.total, foreign.run], [
    true,
    50,
    "5b8efff798038103d269b633813fc60c",
  ]);
});

Deno.test("vectorOf() calls processes the same in each start when they are named by their ids", () => {
  const vectors = [17, 4711].map((pid) => {
    const resource = { attributes: { "service.name": "vllm", "process.pid": pid } };
    const ours = { attributes: { "coldtrace.process": `process ${pid}`, "process.pid": pid } };
    return vectorOf(readStart([
      span({ id: "a", start: 0, end: 50, resource }),
      span({ id: "b", parent: "a", start: 10, end: 30, resource: ours }),
    ]));
  });
  assertEquals(vectors[0]?.rows, vectors[1]?.rows);
  assertEquals(vectors[0]?.rows.map(({ process }) => process), ["process", "vllm"]);
});

Deno.test("vectorOf() tells a start that gave no first token when asked from one that was not asked", () => {
  const vector = (status: { code: number }) =>
    vectorOf(readStart([
      span({
        ...ROOT,
        events: { ready: 100 },
        attributes: { "coldtrace.engine": "vLLM", "coldtrace.run": "r" },
        status,
      }),
    ]));
  assertEquals(vector({ code: 2 }).unanswered, true);
  assertEquals([vector({ code: 0 }).unanswered, vector({ code: 0 }).ready], [undefined, true]);
});

import { assert, assertEquals } from "@std/assert";
import { blame, type Blamed } from "../../../src/read/blame/blame.ts";
import { partition } from "../../../src/read/partition/partition.ts";
import { readStart, type Start } from "../../../src/read/start.ts";
import { randomForest } from "../_forests.ts";
import { LAUNCH, random, type Sketch, span } from "../_spans.ts";

function startOf(sketches: readonly Sketch[], ready = 100): Start {
  const root: Sketch = {
    id: "root",
    start: 0,
    end: 1e9,
    attributes: { "coldtrace.engine": "test" },
    events: { ready },
  };
  return readStart([root, ...sketches].map(span));
}

/** `name on-path/self/total` and `+slack`. */
function brief(all: readonly Blamed[]): string[] {
  return all.map(({ name, onPath, self, total, slack }) =>
    `${name} ${onPath}${self === undefined ? "" : `/${self}/${total}`}` +
    (slack === undefined ? "" : ` +${slack}`)
  );
}

Deno.test("blame() gives spans their part of the path, self and total time, the largest first", () => {
  const all = blame(startOf([
    { id: "load", start: 0, end: 90 },
    { id: "read", start: 20, end: 60, parent: "load" },
    { id: "map", start: 50, end: 80, parent: "load" },
    { id: "ready", start: 95, end: 100 },
  ]));
  assertEquals(brief(all), [
    "load 30/30/90",
    "read 30/40/40",
    "map 30/30/30",
    "unattributed 5",
    "ready 5/5/5",
  ]);
  assertEquals(all.map(({ start }) => start), [0n, 20n, 50n, 90n, 95n]);
  assertEquals(all.map(({ share }) => share), [30, 30, 30, 5, 5]);
});

Deno.test("blame() looks through containers, and says what they alone cover", () => {
  const all = blame(startOf([
    { id: "process a", start: 0, end: 100, container: true },
    { id: "spawn", start: 10, end: 40, parent: "process a" },
    { id: "process b", start: 20, end: 100, parent: "spawn", container: true },
    { id: "work", start: 30, end: 70, parent: "process b" },
  ]));
  assertEquals(brief(all), [
    "work 40/40/40",
    "unattributed in process b 30",
    "spawn 20/20/30",
    "unattributed in process a 10",
  ]);
});

Deno.test("blame() clips spans to launch and the end of the start", () => {
  const all = blame(startOf([
    { id: "before", start: -20, end: 0 },
    { id: "early", start: -20, end: 30 },
    { id: "open", start: 30 },
    { id: "after", start: 100, end: 120 },
  ]));
  assertEquals(brief(all), ["open 70/70/70", "early 30/30/30"]);
});

Deno.test("blame() lets a span that nothing waited for have its slack until the path goes on", () => {
  // Beside A, which B waits for, P ends 10 early; Q ends beside B, 20 before the start does.
  const all = blame(startOf([
    { id: "A", start: 0, end: 50 },
    { id: "B", start: 50, end: 100 },
    { id: "P", start: 0, end: 40 },
    { id: "Q", start: 60, end: 80 },
  ]));
  assertEquals(brief(all), ["A 50/50/50", "B 50/50/50", "P 0/40/40 +10", "Q 0/20/20 +20"]);
});

Deno.test("blame() does not take what is within a sibling for what waited", () => {
  // "import sympy" began within "import torch", which began before P had ended.
  const all = blame(startOf([
    { id: "import torch", start: 0, end: 80 },
    { id: "import sympy", start: 50, end: 70, parent: "import torch" },
    { id: "weights", start: 80, end: 100 },
    { id: "P", start: 0, end: 40 },
  ]));
  assertEquals(brief(all).at(-1), "P 0/40/40 +40");
});

Deno.test("blame() lets a sibling within a parent wait, not what comes after the parent", () => {
  const all = blame(startOf([
    { id: "load", start: 0, end: 100 },
    { id: "shard 1", start: 0, end: 50, parent: "load" },
    { id: "shard 2", start: 0, end: 30, parent: "load" },
    { id: "deep", start: 10, end: 20, parent: "shard 2" },
  ]));
  assertEquals(brief(all).slice(2), ["deep 0/10/10 +30", "shard 2 0/20/30 +20"].toReversed());
});

Deno.test("blame() gives no slack to a span through whose children the path goes", () => {
  const all = blame(startOf([
    { id: "import vllm", start: 0, end: 100 },
    { id: "import torch", start: 0, end: 100, parent: "import vllm" },
  ]));
  assertEquals(brief(all), ["import torch 100/100/100", "import vllm 0/0/100 +0"]);
});

Deno.test("blame() is empty when the start took no time", () => {
  assertEquals(blame(startOf([{ id: "a", start: 0, end: 50 }], 0)), []);
});

Deno.test("blame() sums to the total, and self lies between, on random starts", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const below = random(seed * 7919);
    const length = 2 + 2 * below(100);
    const start = startOfRecords(randomForest(below, 1 + below(40), length, 60), length);
    const all = blame(start);
    const sum = all.reduce((total, { onPath }) => total + onPath, 0n);
    assertEquals(sum, BigInt(length), `seed ${seed}`);
    assertEquals(all.reduce((total, { share }) => total + Math.round(share * 10), 0), 1000);
    for (const { onPath, self, total, slack, span } of all) {
      if (span === undefined) continue;
      assert(self !== undefined && total !== undefined && total > 0n);
      assert(onPath <= self && self <= total, `seed ${seed}: ${span.spanId}`);
      assertEquals(slack === undefined, onPath > 0n);
      assert((slack ?? 0n) >= 0n && (slack ?? 0n) <= BigInt(length), `seed ${seed}`);
    }
  }
});

Deno.test("blame() says of a leaf how much longer it can be without changing the path", () => {
  let tried = 0;
  for (let seed = 1; seed <= 4000; seed++) {
    const below = random(seed * 15485863);
    const length = 10 + 2 * below(60);
    const records = randomForest(below, 1 + below(14), length, 80);
    const start = startOfRecords(records, length);
    const parents = new Set(start.spans.map(({ parentSpanId }) => parentSpanId));
    const before = owners(start);
    for (const { span, slack = 0n } of blame(start)) {
      const end = span?.endTimeUnixNano;
      // Lengthening it by its whole slack makes it end with what was waited for: either may be it.
      if (span === undefined || end === undefined || slack < 2n || parents.has(span.spanId)) {
        continue;
      }
      const longer = { ...span, endTimeUnixNano: end + 1n + BigInt(below(Number(slack) - 1)) };
      const spans = start.spans.map((other) => other === span ? longer : other);
      assertEquals(owners({ ...start, spans }), before, `seed ${seed}: ${span.spanId} +${slack}`);
      tried++;
    }
  }
  assert(tried > 1000, `${tried}`);
});

function owners({ spans, launch, end }: Pick<Start, "spans" | "launch" | "end">): string {
  return partition(spans, launch, end)
    .map(({ start, owner }) => `${start - LAUNCH}:${owner?.spanId ?? "?"}`).join(" ");
}

function startOfRecords(spans: Start["spans"], length: number): Start {
  const { root: _, ...start } = startOf([], length);
  return { ...start, spans };
}

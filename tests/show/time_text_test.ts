import { assert, assertEquals, assertMatch } from "@std/assert";
import { rows } from "../../src/read/rows.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { headline, timeText } from "../../src/show/time_text.ts";
import { widthOf } from "../../src/show/width.ts";
import { span } from "../read/_spans.ts";
import { stored } from "./_starts.ts";

Deno.test("timeText() shows a start that became ready", () => {
  assertEquals(
    timeText(...stored("ready")),
    `llama.cpp ready in 116.0 ms, first token after 119.7 ms

   14.7 ms   12.7%  process_start                        API server
    8.7 ms    7.5%  boot                                 API server
   11.4 ms    9.9%  connect                              API server
    2.8 ms    2.4%  unattributed in process API server
    4.5 ms    3.9%  spawn                                API server
   15.1 ms   13.0%  process_start                        engine core
    5.1 ms    4.4%  boot                                 engine core
    5.8 ms    5.0%  connect                              engine core
    2.6 ms    2.2%  unattributed in process engine core
   11.3 ms    9.7%  import                               engine core
    5.3 ms    4.5%  library                              engine core
   13.5 ms   11.7%  backend                              engine core
    3.3 ms    2.9%  weights                              engine core
    2.0 ms    1.7%  tokenizer                            engine core
    5.6 ms    4.8%  kv_cache                             engine core
    1.3 ms    1.1%  graph_reserve                        engine core
    2.1 ms    1.8%  warmup                               engine core
    0.9 ms    0.8%  ready                                API server
  116.0 ms  100.0%  total

before launch: prepare 210.2 ms
run 20261123-233505-307-325j
`,
  );
});

Deno.test("timeText() shows what a large row consists of", () => {
  const step = (id: string, start: number, end: number) =>
    span({ id, start: start * 1e6, end: end * 1e6, phase: "import" });
  const small = Array.from({ length: 8 }, (_, i) => step(`small ${i}`, 70 + i, 71 + i));
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 100e6,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 100e6 },
    }),
    step("torch", 0, 50),
    step("vllm", 50, 70),
    ...small,
    span({ id: "tokenizer", start: 78e6, end: 100e6, phase: "tokenizer" }),
  ]);
  assertEquals(
    timeText(start, rows(start)),
    `test ready in 100.0 ms

   78.0 ms   78.0%  import             test
                      50.0 ms  torch
                      20.0 ms  vllm
                       8.0 ms  others
   22.0 ms   22.0%  tokenizer          test
  100.0 ms  100.0%  total
`,
  );
});

Deno.test("timeText() shows the small rows of a large table as one", () => {
  const phase = (id: string, start: number, end: number) =>
    span({ id, start: start * 1e6, end: end * 1e6, phase: id });
  const small = Array.from({ length: 30 }, (_, i) => phase(`small-${i}`, 900 + i, 901 + i));
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 1000e6,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 1000e6 },
    }),
    phase("import", 0, 900),
    ...small,
    phase("weights", 930, 1000),
  ]);
  assertEquals(
    timeText(start, rows(start)),
    `test ready in 1.00 s

  0.900 s   90.0%  import           test
  0.070 s    7.0%  weights          test
  0.030 s    3.0%  30 smaller rows
  1.000 s  100.0%  total
`,
  );
});

Deno.test("timeText() tells what was not seen, and why there is no first token", () => {
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 20e6,
      attributes: { "coldtrace.engine": "vLLM", "coldtrace.missing": ["phase 'compile'"] },
      events: { ready: 20e6 },
      status: { code: 2, message: "HTTP 500: it broke" },
    }),
  ]);
  const lines = timeText(start, rows(start)).trimEnd().split("\n");
  assertEquals(lines[0], "vLLM ready in 20.0 ms, but gave no token: HTTP 500: it broke");
  assertEquals(lines.at(-1), "phase 'compile'");
});

Deno.test("timeText() names the open phase of a start that died", () => {
  const lines = timeText(...stored("died")).split("\n");
  assertEquals(lines[0], "llama.cpp died after 173.8 ms in load weights: killed by SIGKILL");
  assertEquals(lines[14], "   17.8 ms   10.2%  weights (open)                       engine core");
  assertEquals(lines.at(-2), "run 20261123-233504-666-qhsz");
});

Deno.test("timeText() says that coldtrace was killed when no root came", () => {
  const text = timeText(...stored("killed"));
  assertMatch(
    text,
    /^llama\.cpp broke off after 132\.4 ms: its end was not stored \(was coldtrace killed, or the disk full\?\)\n/,
  );
  assertMatch(text, /\n +6\.2 ms +4\.7% {2}library +engine core\n/);
});

Deno.test("timeText() shows a trace of others without calling it dead", () => {
  const text = timeText(...stored("vllm"));
  assertMatch(text, /^vllm\.server not seen ready in 10\.39 s\n\n/);
  assertMatch(text, /\n {3}5\.995 s {3}57\.7% {2}Executor init +vllm\.server\n/);
});

Deno.test("timeText() writes times and shares that add up", () => {
  for (const name of ["ready", "died", "killed", "vllm"] as const) {
    const text = timeText(...stored(name));
    const cells = [...text.matchAll(/^ +([\d.]+) m?s +([\d.]+)%/gm)];
    for (const column of [1, 2]) {
      const values = cells.map((cell) => Math.round(Number(cell[column]) * 1000));
      const total = values.pop();
      assert(values.length > 3);
      assertEquals(values.reduce((sum, value) => sum + value), total, name);
    }
  }
});

Deno.test("timeText() stays within 80 columns whatever names a trace has", () => {
  const start = readStart([
    span({
      id: "root",
      start: 0,
      end: 9,
      attributes: { "coldtrace.engine": "x".repeat(90) },
      events: { ready: 9 },
    }),
    span({ id: "a", name: "加载".repeat(60), start: 0, end: 4 }),
    span({
      id: "b",
      name: `evil\x1b[2J\n${"n".repeat(99)}`,
      start: 4,
      end: 9,
      resource: { attributes: { "coldtrace.process": "p".repeat(200) } },
    }),
  ]);
  const text = timeText(start, rows(start));
  for (const line of text.split("\n")) assert(widthOf(line) <= 80, line);
  assert(!text.includes("\x1b"));
  assertEquals(text.split("\n").length, 6);
});

Deno.test("timeText() is the headline alone when the start took no time", () => {
  const attributes = { "coldtrace.prepare": true };
  const start = readStart([span({ id: "a", start: -1e6, end: 0, attributes })]);
  assertEquals(
    timeText(start, rows(start)),
    "engine broke off: its end was not stored \(was coldtrace killed, or the disk full\?\)\n\nbefore launch: prepare 1.0 ms\n",
  );
});

Deno.test("headline() says how a start ended", () => {
  const [died] = stored("died");
  const text = (ended: Start["ended"]) => headline({ ...died, ...(ended && { ended }), open: [] });
  assertMatch(text({ reason: "exit", exitCode: 3 }), /died after 173\.8 ms: exit code 3$/);
  assertMatch(text({ reason: "exit", message: "gone" }), /: gone$/);
  assertMatch(
    text({ reason: "start-timeout", signal: "SIGTERM" }),
    /: start timeout, killed by SIGTERM$/,
  );
  assertMatch(text({ reason: "stall-timeout" }), /: stall timeout$/);
  assertMatch(text({}), /: reason unknown$/);
  // Its engine may go on.
  assertMatch(text({ reason: "launcher-killed" }), /broke off after 173\.8 ms: its end was not /);
});

Deno.test("headline() leaves out a first token that was not seen", () => {
  const { firstToken: _, ...start } = stored("ready")[0];
  assertEquals(headline(start), "llama.cpp ready in 116.0 ms");
});

Deno.test("headline() names the phase of a start that is under way", () => {
  const { ended: _, ...start } = stored("died")[0];
  assertEquals(headline(start), "llama.cpp not seen ready in 173.8 ms, in load weights");
});

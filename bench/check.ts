// deno-lint-ignore-file no-console
/**
 * `deno task bench:check`: what tracing may cost, as bounds on ratios and differences that are
 * taken from one run, in pairs. Prints a table in Markdown, and exits with 1 where a bound was
 * exceeded, beyond the noise, three times running. Noise beyond a bound is told, and no failure.
 *
 * @module
 */
import {
  type Check,
  insist,
  inTurn,
  leastOf,
  measure,
  type Measurement,
  type Pair,
} from "./_check.ts";
import { type ImportConditions, Imports } from "./_imports.ts";
import { machine } from "./_machine.ts";
import { answerOf, denoRun, program } from "./_process.ts";
import { Lines, type Passer } from "./cli/_lines.ts";
import { Nothing } from "./cli/_nothing.ts";
import { SPAWNERS } from "./launch/_spawn.ts";
import { diffCheck, Diffs } from "./read/_diffs.ts";
import { Reading } from "./read/_reading.ts";
import { Starts } from "./start/_serve.ts";

using imports = new Imports();
using starts = new Starts();
using nothing = new Nothing();
using lines = new Lines(300_000);
using reading = new Reading();
using diffs = new Diffs(100);

const CHECKS: readonly Check[] = [
  {
    name: "launchEngine / Deno.Command, to the first line",
    unit: "ms",
    by: "ratio",
    bound: () => 1.10,
    seconds: 20,
    pair: leastOf(4, inTurn(SPAWNERS["Deno.Command"], SPAWNERS.launchEngine)),
  },
  {
    name: "import of mod.ts - of an empty module",
    unit: "ms",
    by: "difference",
    bound: () => 2,
    seconds: 20,
    pair: leastOf(4, inTurn(() => imported("empty"), () => imported("mod"))),
  },
  {
    name: "span off / API no-op, startActiveSpan",
    unit: "ns",
    by: "ratio",
    bound: () => 0.3,
    seconds: 10,
    pair: () => spans("active"),
  },
  {
    name: "span off / API no-op, startSpan",
    unit: "ns",
    by: "ratio",
    bound: () => 1.5,
    seconds: 10,
    pair: () => spans("start"),
  },
  {
    name: "span on / SDK with batch processor",
    unit: "ns",
    by: "ratio",
    bound: () => 0.6,
    seconds: 20,
    pair: () => spans("on"),
  },
  {
    name: "serve to ready, tracing on - off",
    unit: "ms",
    by: "difference",
    bound: (off) => Math.max(0.02 * off, 4),
    seconds: 60,
    pair: leastOf(3, inTurn(() => starts.time("untraced"), () => starts.time("traced"))),
  },
  {
    name: "coldtrace run -- true - true",
    unit: "ms",
    by: "difference",
    bound: () => 60,
    seconds: 20,
    pair: leastOf(
      4,
      inTurn(() => nothing.time("true"), () => nothing.time("coldtrace run -- true")),
    ),
  },
  {
    name: "replayed vLLM to ready, under run / alone",
    unit: "ms",
    by: "ratio",
    bound: () => 1.01,
    seconds: 60,
    pair: leastOf(2, replays),
  },
  {
    // 100,000 lines a second are 10,000 ns for each, with what cat itself takes for it.
    name: "a line of vLLM's log, run -- cat FILE - cat FILE",
    unit: "ns",
    by: "difference",
    bound: (cat) => 10_000 - cat,
    seconds: 20,
    pair: inTurn(() => perLine("cat FILE"), () => perLine("coldtrace run -- cat FILE")),
  },
  {
    name: "coldtrace time - an empty Deno program",
    unit: "ms",
    by: "difference",
    bound: () => 40,
    seconds: 10,
    pair: leastOf(4, inTurn(() => reading.empty(), () => reading.time("time"))),
  },
  {
    // The whole process is to take less than a second.
    name: "time, blame, chain, gaps of 100,000 spans - an empty Deno program",
    unit: "ms",
    by: "difference",
    bound: (empty) => 1000 - empty,
    seconds: 10,
    pair: inTurn(() => reading.empty(), () => reading.next(100_000)),
  },
  {
    name: "time of 100,000 / of 10,000 spans",
    unit: "ms",
    by: "ratio",
    bound: () => 10,
    seconds: 10,
    pair: inTurn(() => reading.time("time", 10_000), () => reading.time("time", 100_000)),
  },
  diffCheck(diffs),
];

function imported(what: "empty" | "mod"): number {
  const conditions: ImportConditions = { warm: true, lock: true };
  imports.prepare(what, conditions);
  return imports.run(what, conditions);
}

/** One process's pair: what a compiler does to a program, it does to both. */
function spans(which: "active" | "start" | "on"): Promise<Pair> {
  return answerOf<Pair>([
    ...denoRun("--allow-env", program("trace/_span_main.ts")),
    which,
  ]);
}

/** Ten times as fast as it was recorded, 2.1 s for each: any start is disturbed by milliseconds. */
function replays(reversed: boolean): Promise<Pair> {
  return answerOf<Pair>([
    ...denoRun("-A", program("cli/_replay_pair_main.ts")),
    "10",
    reversed ? "reversed" : "in order",
  ]);
}

/** Nanoseconds. */
async function perLine(passer: Passer): Promise<number> {
  return await lines.time(passer) * 1e6 / lines.count;
}

/** One line of the table. */
function row(check: Check, result: Measurement & { attempts: number }): string {
  const { bound, shift, baseline, subject, pairs, verdict, attempts } = result;
  const digits = check.unit === "ms" ? 2 : 1;
  const show = (value: number) =>
    check.by === "ratio" ? value.toFixed(3) : `${value.toFixed(2)} ${check.unit}`;
  const cells = [
    check.name,
    `<= ${show(bound)}`,
    show(shift.value),
    `${show(shift.low)} to ${show(shift.high)}`,
    `${subject.toFixed(digits)} / ${baseline.toFixed(digits)} ${check.unit}`,
    String(pairs),
    attempts > 1 ? `${verdict} (attempt ${attempts})` : verdict,
  ];
  return `| ${cells.join(" | ")} |`;
}

const began = performance.now();
const rows: string[] = [];
let failed = false;
for (const check of CHECKS) {
  console.error(`measuring ${check.name} ...`);
  const result = await insist(() => measure(check));
  rows.push(row(check, result));
  failed ||= result.verdict === "exceeded";
}
console.log(`${await machine()}; ${Math.round((performance.now() - began) / 1000)} s

| what | bound | measured | 99.7 % interval | medians | pairs | verdict |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}`);
// Not Deno.exit(), which would leave temporary folders behind.
if (failed) Deno.exitCode = 1;

/**
 * The command line: `coldtrace VERB`.
 *
 * Exit codes: 0 done, 1 the engine failed or what was asked for does not hold (`gate`, `gaps
 * --fail-over`), 2 bad usage or input, 3 it cannot be told (`gate`). `run` has those of the engine.
 *
 * @example Start the embedded engine, then see where its start went
 * ```sh
 * deno task serve
 * deno task coldtrace time
 * ```
 *
 * @module
 */
import { advice, UsageError, type Verb } from "./args.ts";
import { print, printError } from "./output.ts";
import { relayedSignals } from "./relayed_signals.ts";

// What --json prints, and lines of a baseline: types alone, for which nothing is loaded.
export type { BaselineLine } from "../read/comparison/baseline.ts";
export type { NoVerdict, Verdict } from "../read/comparison/compare.ts";
export type { Outcome } from "../read/comparison/gate.ts";
export type { Grouping } from "../read/rows.ts";
export type { BlameReport, BlameReportSpan } from "../show/blame_json.ts";
export type { ChainReport, ChainReportStep, ReportNeighbour } from "../show/chain_json.ts";
export type {
  DiffReport,
  DiffReportRow,
  DiffReportRowSide,
  DiffReportSide,
} from "../show/diff_json.ts";
export type { GapsReport, GapsReportGap, GapsReportLine } from "../show/gaps_json.ts";
export type { GateReport, GateReportBudget, SelfTestReport } from "../show/gate_json.ts";
export type { JsonValue } from "../show/json_value.ts";
export type {
  PlotReport,
  PlotReportProcess,
  PlotReportRun,
  PlotReportSpans,
} from "../show/plot_json.ts";
export type {
  RunFactsReport,
  RunReport,
  RunSeries,
  RunsReport,
  RunState,
} from "../show/runs_json.ts";
export type {
  TimeReport,
  TimeReportEnd,
  TimeReportGroup,
  TimeReportRow,
} from "../show/time_json.ts";
export type { WhyReport, WhyReportReason } from "../show/why_json.ts";

/** The verbs, loaded when they are called, so that the small ones start fast. */
const VERBS: Readonly<Record<string, { summary: string; load: () => Promise<{ verb: Verb }> }>> = {
  serve: { summary: "Start the embedded engine, traced.", load: () => import("./serve.ts") },
  run: { summary: "Start any engine, unchanged, and trace it.", load: () => import("./run.ts") },
  env: {
    summary: "Have engines record their own start.",
    load: () => import("./env.ts"),
  },
  import: { summary: "Store recorded starts.", load: () => import("./import.ts") },
  time: { summary: "Show where a start went.", load: () => import("./time.ts") },
  blame: { summary: "Show which spans a start waited for.", load: () => import("./blame.ts") },
  chain: { summary: "Show the critical path, backwards.", load: () => import("./chain.ts") },
  gaps: { summary: "Show what no span explains.", load: () => import("./gaps.ts") },
  why: { summary: "Say why a start took so long.", load: () => import("./why.ts") },
  plot: { summary: "Draw a start as one HTML file.", load: () => import("./plot.ts") },
  diff: { summary: "Compare starts with starts.", load: () => import("./diff.ts") },
  gate: { summary: "Fail a build whose starts are slower.", load: () => import("./gate.ts") },
  baseline: {
    summary: "Write starts to a file that can be committed.",
    load: () => import("./baseline.ts"),
  },
  runs: { summary: "List stored runs, label and remove them.", load: () => import("./runs.ts") },
  export: {
    summary: "Convert a stored run, or send it to a collector.",
    load: () => import("./export.ts"),
  },
};

/**
 * Runs the command line.
 *
 * @param args the arguments, the verb first.
 * @returns the exit code: 0 done, 1 failed, 2 bad usage or input, which is told in one line on
 * standard error, 3 it cannot be told.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const [name, ...rest] = args;
    if (name === "--version") return await version();
    if (name === undefined || name === "--help" || name === "-h") return help();
    if (name !== "help") return await (await load(name)).run(rest);
    return rest[0] === undefined
      ? help()
      : await (await load(rest[0])).run(["--help", ...rest.slice(1)]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    printError(`${message.replaceAll(/\s*\n\s*/g, " ")}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function load(name: string): Promise<Verb> {
  if (!Object.hasOwn(VERBS, name)) {
    const isOption = name.startsWith("-");
    const known = isOption ? ["--help", "--version"] : [...Object.keys(VERBS), "help"];
    const rule = `'${name}' is no ${isOption ? "option" : "verb"}`;
    throw new UsageError(`Cannot run as ${rule}: ${advice(name, known)}`);
  }
  const entry = VERBS[name] as typeof VERBS[string];
  return (await entry.load()).verb;
}

function help(): number {
  const lines = Object.entries(VERBS)
    .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}\n`);
  print(`coldtrace VERB [OPTIONS]

Shows where an inference engine's cold start goes, from process launch to the
first token, as one OpenTelemetry trace that adds up.

${lines.join("")}
  coldtrace help VERB  Show what a verb takes.
  coldtrace --version  Show the version.
`);
  return 0;
}

async function version(): Promise<number> {
  const { default: config } = await import("../../deno.json", { with: { type: "json" } });
  print(`${config.version}\n`);
  return 0;
}

if (import.meta.main) {
  // As process 1 Deno crashes on a signal that it does not listen to.
  if (Deno.pid === 1) relayedSignals();
  Deno.exit(await main(Deno.args));
}

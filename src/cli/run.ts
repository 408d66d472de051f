/**
 * `coldtrace run -- COMMAND`: any engine's start, traced, the engine unchanged.
 *
 * @module
 */
import { type ObservedStart, observeStart } from "../start/observed_start.ts";
import type { SpanRecord } from "../trace/record.ts";
import type { TimeReport } from "../show/time_json.ts";
import { PROFILES } from "../sources/profiles/profiles.ts";
import { flush } from "../trace/sink.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { printError } from "./output.ts";
import { dirOption } from "./run_input.ts";
import { type RelayedSignals, relayedSignals } from "./_relayed_signals.ts";
import { openRunFiles, type RunFiles } from "./_run_files.ts";
import { planRun, type RunOptions, type RunPlan } from "./_run_plan.ts";

const OPTIONS = {
  engine: {
    kind: "choice",
    values: PROFILES.map(({ id }) => id),
    help: "Which engine it is, where the command does not show it.",
  },
  "ready-url": { kind: "text", value: "URL", help: "Answers with success when it is ready." },
  "ready-log": {
    kind: "text",
    value: "REGEXP",
    help: "Matches a line of its log when it is ready; the log is read then, as with --logs.",
  },
  until: {
    kind: "choice",
    values: ["exec", "ready", "first-token"],
    help: "What ends the start (default ready, if anything can tell; exec otherwise).",
  },
  probe: {
    kind: "choice",
    values: ["off", "imports", "functions"],
    help: "What its Python processes tell (default imports; functions with --stop).",
  },
  logs: { kind: "flag", help: "Read its log even where it goes to a terminal." },
  intercept: {
    kind: "flag",
    help: "Receive its own spans, and send them on to where they were to go.",
  },
  stop: { kind: "flag", help: "Stop it after its first token." },
  times: {
    kind: "integer",
    value: "N",
    min: 1,
    max: 10_000,
    default: 1,
    short: "n",
    help: "Start it so many times, and stop it each time.",
  },
  label: { kind: "text", value: "TEXT", help: "What to call these starts." },
  quiet: { kind: "flag", help: "Print no summary." },
  json: { kind: "text", value: "FILE", help: "Write what time --json prints to FILE." },
  dir: dirOption,
} as const;

/** Runs a command as it would run without us, and says where its start went. */
export const verb: Verb = defineVerb({
  verb: "run",
  summary: `Runs an inference engine as it would run by itself, and shows where its start went.
Its stdin, stdout, stderr, signals and exit code stay what they are.`,
  command: { name: "COMMAND", help: "The engine's program and its arguments." },
  options: OPTIONS,
}, run);

/** Milliseconds from SIGTERM to SIGKILL for an engine that is to be stopped. */
const GRACE = 10_000;
/** The exit codes of a shell for a command that it cannot run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

async function run(options: RunOptions, command: readonly string[]): Promise<number> {
  const signals = relayedSignals();
  requireAll();
  if (Deno.pid === 1) {
    printError("coldtrace is process 1 and cannot reap orphans: run it under an init\n");
  }
  const plan = planRun(options, command, (line) => printError(`${line}\n`));
  const reports: TimeReport[] = [];
  let code = 0;
  for (let number = 1; number <= options.times; number++) {
    if (signals.code !== undefined) return signals.code;
    const result = await runOnce(plan, signals, async (records, files) => {
      if (options.json !== undefined) {
        reports.push(await reportOf(records));
        writeJson(options.json, options.times > 1 ? reports : reports[0]);
      }
      if (!options.quiet) printError(await summaryOf(records, files, plan, number));
    });
    code ||= result.code;
    if (result.isOver) break;
  }
  return code;
}

/**
 * Nothing less will do: any program is to be started, and Deno lets nobody read `/proc` who does not
 * have everything.
 *
 * @throws {UsageError} If a permission is missing.
 */
function requireAll(): void {
  const kinds = ["run", "read", "write", "env", "net", "sys"] as const;
  const isAll = kinds.every((name) => Deno.permissions.querySync({ name }).state === "granted");
  if (isAll && canReadProc()) return;
  throw new UsageError(
    "Cannot run as it needs --allow-all (-A): it starts any program, and reads /proc",
  );
}

function canReadProc(): boolean {
  if (Deno.build.os !== "linux") return true;
  try {
    Deno.readTextFileSync("/proc/self/status");
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotCapable);
  }
}

/** What came of one start; `isOver`: there is no point in another one. */
interface RunResult {
  readonly code: number;
  readonly isOver: boolean;
}

async function runOnce(
  plan: RunPlan,
  signals: RelayedSignals,
  onStart: (records: readonly SpanRecord[], files: RunFiles | undefined) => Promise<void>,
): Promise<RunResult> {
  await using witnesses = await plan.witnesses();
  let files: RunFiles | undefined;
  const openRuns = () => files = openRunFiles(plan.files);
  let observed: ObservedStart;
  try {
    observed = observeStart({ ...plan.start, witnesses, openRuns, ignored: signals.ignored });
  } catch (error) {
    return { code: cannotRun(plan.start.command, error), isOver: true };
  }
  const { program } = observed;
  let ended: Deno.Signal | undefined;
  signals.to((signal) => {
    const isEnd = isFatal(signal) && !signals.ignored.includes(signal);
    if (isEnd) {
      ended ??= signal;
      witnesses.wasToldToEnd = true;
    }
    // A start that is only measured does not outlive us.
    if (plan.stop && isEnd) program.stop(GRACE);
    else program.signal(signal);
  });
  const { records, isReady, isGood, sent } = await observed.over;
  await onStart(records, files);
  // While the engine serves; and never in the way of its end.
  const flushed = sent.then(() => flush());
  // How it ends by our signal says nothing; how it has ended by itself does.
  const isStopped = plan.stop && isReady && program.ended === undefined;
  if (isStopped) await program.stop(GRACE);
  const { code } = await program.status;
  await flushed;
  const isOver = !plan.stop || ended !== undefined;
  return { code: !isStopped ? code : isGood ? 0 : 1, isOver };
}

function isFatal(signal: Deno.Signal): boolean {
  return ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].includes(signal);
}

/** Says why there is nothing to trace. The exit code. */
function cannotRun([program = ""]: readonly string[], error: unknown): number {
  const isMissing = error instanceof Deno.errors.NotFound;
  const why = isMissing ? "there is no such program" : (error as Error).message;
  printError(`Cannot run '${program}' as ${why}\n`);
  return isMissing ? NOT_FOUND : NOT_EXECUTABLE;
}

/** What is printed of a start: a line of all but the last of several. */
async function summaryOf(
  records: readonly SpanRecord[],
  files: RunFiles | undefined,
  { times }: RunPlan,
  number: number,
): Promise<string> {
  const { rows, readStart, headline, timeText } = await reading();
  const start = readStart(records);
  if (number < times) return `${number} of ${times}: ${headline(start)}\n`;
  const paths = (files?.paths ?? []).map((path) => `stored in ${path}\n`);
  return `\n${timeText(start, rows(start))}${paths.join("")}\n`;
}

async function reportOf(records: readonly SpanRecord[]): Promise<TimeReport> {
  const { rows, readStart, timeReport } = await reading();
  const start = readStart(records);
  return timeReport(start, rows(start));
}

/** What reads starts, and shows them: loaded while the engine starts, or not at all. */
async function reading() {
  const [{ readStart }, { rows }, { timeReport }, { headline, timeText }] = await Promise.all([
    import("../read/start.ts"),
    import("../read/rows.ts"),
    import("../show/time_json.ts"),
    import("../show/time_text.ts"),
  ]);
  return { readStart, rows, timeReport, headline, timeText };
}

function writeJson(path: string, report: unknown): void {
  try {
    Deno.writeTextFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
  } catch (error) {
    printError(`Cannot write '${path}' as ${(error as Error).message}\n`);
  }
}

/**
 * `coldtrace run -- COMMAND`: any engine's start, traced, the engine unchanged.
 *
 * @module
 */
import { PROFILES } from "../sources/profiles/profiles.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { printError } from "./output.ts";
import { dirOption } from "./run_store.ts";
import { relayedSignals } from "./relayed_signals.ts";
import { runOnce } from "./run/once.ts";
import { isSeries, planRun, type RunOptions } from "./run/plan.ts";
import { reportOf, summaryOf, writeJson } from "./run/report.ts";

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
    short: "n",
    help: "Start it so many times, and stop it each time (6 with the next three).",
  },
  interleave: {
    kind: "list",
    value: "NAME=CMD",
    help: "Start this one, too, in turn with COMMAND; its starts are called NAME.",
  },
  cold: {
    kind: "text",
    value: "CMD",
    help: "Run this by a shell before each start, to make it cold ($COLDTRACE_LABEL: which start).",
  },
  warm: { kind: "flag", help: "First start each command once more, and throw that away." },
  label: { kind: "text", value: "TEXT", help: "What to call the starts of COMMAND." },
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

async function run(options: RunOptions, command: readonly string[]): Promise<number> {
  const signals = relayedSignals();
  requireAll();
  if (Deno.pid === 1) warn("coldtrace is process 1 and cannot reap orphans: run it under an init");
  if (options.cold !== undefined && options.warm) {
    throw new UsageError("Cannot run as 'cold' and 'warm' exclude each other: give one of them");
  }
  if (options.cold?.trim() === "") {
    throw new UsageError("Cannot run as 'cold' must be a command: current value is ''");
  }
  if (isSeries(options)) {
    const { Series } = await import("./run/series.ts");
    return await new Series(options, command, signals).run();
  }
  const { label, json, quiet } = options;
  const plan = planRun(options, { label, command, env: {} }, warn);
  if (signals.code !== undefined) return signals.code;
  const { code } = await runOnce(plan, signals, async (records, files) => {
    if (json !== undefined) writeJson(json, await reportOf(records));
    if (!quiet) printError(await summaryOf(records, files));
  });
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

function warn(line: string): void {
  printError(`${line}\n`);
}

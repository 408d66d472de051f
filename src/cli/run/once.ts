import type { Leftovers } from "../../sources/leftovers.ts";
import { type ObservedStart, observeStart } from "../../start/observed_start.ts";
import type { SpanRecord } from "../../trace/record.ts";
import { flush } from "../../trace/sink.ts";
import { printError } from "../output.ts";
import { isFatal, type RelayedSignals } from "../relayed_signals.ts";
import { openRunFiles, type RunFiles } from "../run_files.ts";
import type { RunPlan } from "./plan.ts";

/** Milliseconds from SIGTERM to SIGKILL for an engine that is to be stopped. */
export const GRACE = 10_000;
/** The exit codes of a shell for a command that it cannot run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** What came of one start. */
export interface RunResult {
  /** The exit code. */
  readonly code: number;
  /** Whether there was anything to start. */
  readonly isRun: boolean;
  /** The signal by which it was told to end, if one came. */
  readonly ended?: Deno.Signal | undefined;
  /** Its processes, some of which may be there still, if it was stopped. */
  readonly left?: Leftovers | undefined;
}

/**
 * Makes one start, and waits for the engine's end.
 *
 * @param onStart Is told what was recorded when the start is over, while the engine serves.
 */
export async function runOnce(
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
    return { code: cannotRun(plan.start.command, error), isRun: false };
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
  const left = isStopped ? await processesOf(program.pid) : undefined;
  if (isStopped) await program.stop(GRACE);
  // On a terminal it has no group of its own, with which they would have ended.
  left?.kill();
  const { code } = await program.status;
  await flushed;
  // What comes between two starts ends the next one.
  signals.to();
  // One that was to be measured and was not is no good, however well it says that it ended.
  const own = plan.stop && !isGood && ended === undefined ? code || 1 : code;
  return { code: !isStopped ? own : isGood ? 0 : 1, isRun: true, ended, left };
}

/** Takes note of an engine's processes, to see them end. */
async function processesOf(pid: number): Promise<Leftovers> {
  const { Leftovers } = await import("../../sources/leftovers.ts");
  return new Leftovers(pid);
}

/** Says why there is nothing to trace. The exit code. */
function cannotRun([program = ""]: readonly string[], error: unknown): number {
  const isMissing = error instanceof Deno.errors.NotFound;
  const why = isMissing ? "there is no such program" : (error as Error).message;
  printError(`Cannot run '${program}' as ${why}\n`);
  return isMissing ? NOT_FOUND : NOT_EXECUTABLE;
}

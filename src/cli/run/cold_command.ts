import { describeEnd } from "../../launch/exit_status.ts";
import { WrappedProgram } from "../../launch/wrapped_program.ts";
import { redactText } from "../../trace/redact.ts";
import { printError } from "../output.ts";
import { exitCodeOf, isFatal, type RelayedSignals } from "../relayed_signals.ts";

/** What it writes is no engine's, and stdin is the engine's. */
const APART = 'exec sh -c "$1" >&2 </dev/null';

/**
 * Runs the user's own command that makes the next start cold, by a shell. It learns by
 * `COLDTRACE_LABEL` which start that is.
 *
 * @param label What the next start is called; nothing where it has no label.
 * @returns The exit code if there is to be no next start, which is told; `undefined` otherwise.
 */
export async function runCold(
  command: string,
  signals: RelayedSignals,
  label = "",
): Promise<number | undefined> {
  const line = redactText(command).replaceAll(/\s+/g, " ");
  const shown = `Cannot go on as --cold '${line}'`;
  let ended: Deno.Signal | undefined;
  let status: Deno.CommandStatus;
  try {
    const program = new WrappedProgram(["sh", "-c", APART, "sh", command], {
      env: { ...Deno.env.toObject(), COLDTRACE_LABEL: label },
      reads: "none",
      ignored: signals.ignored,
    });
    signals.to((signal) => {
      if (isFatal(signal) && !signals.ignored.includes(signal)) ended ??= signal;
      program.signal(signal);
    });
    status = await program.status;
  } catch (error) {
    printError(`${shown} could not be run: ${(error as Error).message}\n`);
    return 1;
  } finally {
    signals.to();
  }
  if (ended !== undefined) return exitCodeOf(ended);
  if (status.success) return undefined;
  printError(`${shown} ${describeEnd(status)}\n`);
  return 1;
}

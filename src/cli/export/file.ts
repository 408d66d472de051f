import { runLines } from "../../runs/lines.ts";
import { chromeTrace } from "../../show/chrome.ts";
import { UsageError } from "../args.ts";
import { print } from "../output.ts";
import { type RunInput, startOf } from "../run_input.ts";

/** Writes runs as OTLP/JSON lines, in the Collector's form. */
export function writeOtlp(runs: readonly RunInput[], output: string): void {
  write(runs.flatMap(({ records }) => runLines(records)).join(""), output);
}

/** Writes a run as Chrome trace events, one a line. */
export function writeChrome(run: RunInput, output: string): void {
  const { traceEvents, ...rest } = chromeTrace(startOf(run));
  const events = traceEvents.map((event) => JSON.stringify(event)).join(",\n");
  const others = JSON.stringify(rest).slice(1);
  write(`{"traceEvents":[\n${events}\n],${others}\n`, output);
}

function write(text: string, output: string): void {
  if (output === "-") return print(text);
  try {
    // It tells what a machine ran, so it is as private as a stored run.
    Deno.writeTextFileSync(output, text, { mode: 0o600 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot export as 'output' cannot be written: ${reason}`);
  }
}

/**
 * `coldtrace import DIR`: stores the starts that engines recorded by themselves.
 *
 * @module
 */
import { rows } from "../read/rows.ts";
import { readStart } from "../read/start.ts";
import { timeText } from "../show/time_text.ts";
import { findEngine } from "../sources/profiles/profiles.ts";
import { markTaken, type ProbeStart, readProbeStarts } from "../sources/python_probe.ts";
import type { WitnessProcess } from "../sources/witness.ts";
import { traceRecorded } from "../start/recorded_start.ts";
import { flush } from "../trace/sink.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print, printError } from "./output.ts";
import { dirOption } from "./run_store.ts";
import { openRunFiles } from "./run_files.ts";

/** Makes runs of what the probe wrote. */
export const verb: Verb = defineVerb({
  verb: "import",
  summary: `Stores the starts that engines recorded by the variables of coldtrace env, and shows
them. What is stored is not imported again; a start that was not seen ready is.`,
  operands: [{ name: "DIR", help: "The folder that coldtrace env was given." }],
  options: { dir: dirOption },
}, async ({ dir }, [folder = ""]) => {
  const starts = readStarts(folder);
  if (starts.length === 0) printError(`No start is recorded in '${folder}'\n`);
  for (const start of starts) await importStart(start, dir);
  await flush();
  return 0;
});

function readStarts(folder: string): ProbeStart[] {
  try {
    return readProbeStarts(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new UsageError(
        `Cannot import as 'DIR' must be a folder that coldtrace env was given: ` +
          `current value is '${folder}'`,
      );
    }
    throw error;
  }
}

async function importStart(start: ProbeStart, dir: string | undefined): Promise<void> {
  const top = start.testimony.processes.find(({ pid }) => pid === start.pid);
  const args = argsOf(top);
  const found = findEngine(args);
  const warn = (line: string) => printError(`${line}\n`);
  const files = openRunFiles({ dir, stored: true, file: undefined, warnOfData: warn, warn });
  const engine = found?.profile.name ?? top?.name ?? `process ${start.pid}`;
  const records = await traceRecorded(start, {
    engine,
    service: found?.profile.id ?? engine,
    attributes: { ...found?.recognised?.facts },
    openRuns: () => files,
  });
  const read = readStart(records);
  const paths = files.paths.map((path) => `stored in ${path}\n`);
  print(`${timeText(read, rows(read))}${paths.join("")}\n`);
  if (read.ready && paths.length > 0) markTaken(start);
}

function argsOf(process: WitnessProcess | undefined): string[] {
  const args = process?.attributes?.["process.command_args"];
  return Array.isArray(args) ? args.filter((arg) => typeof arg === "string") : [];
}

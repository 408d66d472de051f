import { isBeingWritten, type RunInfo, type RunStore } from "../../runs/store.ts";
import type { StoredRun } from "../../show/runs_json.ts";
import { defineVerb, UsageError, type Verb } from "../args.ts";
import { print, printError } from "../output.ts";
import { readRunInput, startOf } from "../run_input.ts";
import { dirOption, openStore, orUsageError } from "../run_store.ts";

/** Lists the stored runs. */
export const list: Verb = defineVerb({
  verb: "runs",
  summary: `Lists the stored runs, the newest last. Kept are the last 50 without a label,
and the last 50 of each label; the starts of one series (run -n) stay together.
What is more goes a few runs later.

  coldtrace runs show [RUN]        Show what is known of a run.
  coldtrace runs label RUN TEXT    Set the label of runs.
  coldtrace runs remove RUN...     Remove runs.
  coldtrace runs prune             Remove the oldest runs now.`,
  options: {
    label: { kind: "text", value: "TEXT", help: "Only those of this label." },
    json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ label, json, dir }) => {
  const store = openStore(dir);
  const runs: StoredRun[] = [];
  for (
    const run of orUsageError(() => label === undefined ? store.list() : store.labelled(label))
  ) {
    runs.push(await describe(store, run));
  }
  if (json) {
    const { runsReport } = await import("../../show/runs_json.ts");
    print(`${JSON.stringify(runsReport(runs), undefined, 2)}\n`);
    return 0;
  }
  const { runsText } = await import("../../show/runs_text.ts");
  print(runsText(runs));
  if (runs.length === 0) {
    const which = label === undefined ? "No run" : `No run of label '${label}'`;
    printError(`${which} is stored${store.directory ? ` in '${store.directory}'` : ""}\n`);
  }
  return 0;
});

/** What is known of a run: by its root alone, where that has ended. */
async function describe(store: RunStore, { id, path }: RunInfo): Promise<StoredRun> {
  const root = await store.root({ id, path });
  const size = sizeOf(path);
  const isOpen = isBeingWritten(path);
  const run = { id, path, size, isOpen };
  try {
    const input = root?.endTimeUnixNano === undefined
      ? await readRunInput(path)
      : { id, path, isOpen, records: [root] };
    return { ...run, start: startOf(input) };
  } catch (error) {
    if (error instanceof UsageError) return run;
    throw error;
  }
}

/** The size of a file in bytes; 0 where it is gone. */
export function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

import { labelRun } from "../../runs/label.ts";
import type { RunInfo } from "../../runs/store.ts";
import { defineVerb, type Operand, UsageError, type Verb } from "../args.ts";
import { print, printError } from "../output.ts";
import { runsNamed } from "../run_names.ts";
import { dirOption, openStore, orUsageError } from "../run_store.ts";

const storedOperand: Operand = {
  name: "RUN",
  help: "An id or its beginning, or a label: all its runs.",
};

/** Sets the label of runs. */
export const label: Verb = defineVerb({
  verb: "runs label",
  summary: "Sets the label of a run, or of all runs of a label, in place of the one it had.",
  operands: [storedOperand, { name: "TEXT", help: "The label; '' for none." }],
  options: { dir: dirOption },
}, ({ dir }, [ref = "", text = ""]) => {
  if (/\p{Cc}/u.test(text)) {
    throw new UsageError("Cannot runs label as 'TEXT' must have no control characters");
  }
  const runs = storedRuns("label", ref, dir);
  for (const run of runs) orUsageError(() => labelRun(run, text));
  const which = runs.length === 1 ? `run '${runs[0]?.id}'` : `${runs.length} runs`;
  print(text === "" ? `Took the label off ${which}\n` : `Labelled ${which} '${text}'\n`);
  return 0;
});

/** Removes runs. */
export const remove: Verb = defineVerb({
  verb: "runs remove",
  summary: "Removes runs from the store, but none whose start is under way.",
  operands: [{ ...storedOperand, many: true }],
  options: { dir: dirOption },
}, ({ dir }, refs) => {
  // All are found before one is gone.
  const found = refs.flatMap((ref) => storedRuns("remove", ref, dir));
  const runs = [...new Map(found.map((run) => [run.id, run])).values()];
  const store = openStore(dir);
  let code = 0;
  for (const run of runs) {
    const reason = reasonToKeep(() => store.remove(run));
    if (reason === undefined) print(`Removed run '${run.id}'\n`);
    else {
      printError(`Cannot remove run '${run.id}' as ${reason}\n`);
      code = 2;
    }
  }
  return code;
});

function reasonToKeep(remove: () => boolean): string | undefined {
  try {
    return remove() ? undefined : "its start is under way";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Removes the oldest runs. */
export const prune: Verb = defineVerb({
  verb: "runs prune",
  summary: `Removes the oldest runs, as every start does at its end: of those without a
label, and of each label. The starts of one series stay together.`,
  options: {
    keep: { kind: "integer", value: "N", min: 0, default: 50, help: "How many to keep of each." },
    dir: dirOption,
  },
}, ({ keep, dir }) => {
  const store = openStore(dir);
  const removed = orUsageError(() => store.prune(keep));
  for (const { id } of removed) print(`Removed run '${id}'\n`);
  return 0;
});

/** The stored runs that an operand names; a file of another place is none, nor is a part of one. */
function storedRuns(what: string, ref: string, dir: string | undefined): RunInfo[] {
  const whole = runsNamed(ref, dir).filter(({ numbers }) => numbers === undefined);
  const paths = new Set(whole.map(({ path }) => path));
  const runs = openStore(dir).list().filter(({ path }) => paths.has(path));
  if (runs.length > 0) return runs;
  throw new UsageError(`Cannot ${what} run '${ref}' as it is not in the run store`);
}

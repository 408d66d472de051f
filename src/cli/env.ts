/**
 * `coldtrace env --dir D`: the variables by which an engine records its own start, where nothing
 * can be put in front of it.
 *
 * @module
 */
import { inQuotes } from "../read/shell.ts";
import type { ProbeFunction } from "../sources/profiles/profile.ts";
import { PROFILES } from "../sources/profiles/profiles.ts";
import { installProbeForLater, ProbeError } from "../sources/python_probe.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { print } from "./output.ts";

/** Installs the probe in a folder, and prints what the shell is to set for it. */
export const verb: Verb = defineVerb({
  verb: "env",
  summary: `Prints what a shell is to set so that Python engines record their start in a folder:
eval "$(coldtrace env --dir DIR)"; exec vllm serve M. See coldtrace import.`,
  options: {
    dir: {
      kind: "text",
      value: "DIR",
      help: "Where the probe is kept, for as long as engines run, and writes.",
    },
    probe: {
      kind: "choice",
      values: ["imports", "functions"],
      help: "What is recorded (default imports).",
    },
  },
}, async ({ dir, probe = "imports" }) => {
  if (dir === undefined) throw new UsageError("Cannot env as 'dir' must be given: --dir DIR");
  const profiles = PROFILES.flatMap(({ python }) => python ?? []);
  const functions = await Promise.all(profiles.map(({ functions }) => functions()));
  try {
    const code = installProbeForLater({
      dir,
      mode: probe,
      functions: eachOnce(functions.flat()),
      ready: profiles.find(({ ready }) => ready !== undefined)?.ready,
    });
    // An empty element would mean the current folder, whoever can write to it.
    print(`export PYTHONPATH=${inQuotes(code)}\${PYTHONPATH:+":$PYTHONPATH"}\n`);
  } catch (error) {
    if (error instanceof ProbeError) throw new UsageError(error.message);
    throw error;
  }
  return 0;
});

/** Engines share libraries: of one function the first is taken. */
function eachOnce(functions: readonly ProbeFunction[]): ProbeFunction[] {
  return [...new Map(functions.toReversed().map((one) => [one.where, one])).values()].reverse();
}

/**
 * `coldtrace baseline`: starts in a file that can be committed.
 *
 * @module
 */
import { writeBaseline } from "../read/comparison/baseline.ts";
import { defineVerb, UsageError, type Verb } from "./args.ts";
import { readVectors } from "./compare/vectors.ts";
import { print } from "./output.ts";
import { dirOption } from "./run_store.ts";

/** Writes what starts are compared by, run by run. */
export const verb: Verb = defineVerb({
  verb: "baseline",
  summary: `Writes what starts are compared by, a JSON line per run, for diff and gate to read.

It is raw, not a mean: total, first token and phases, what was started and on
what, and when. It is small, always in the same order, and made to be committed.`,
  operands: [{ name: "RUNS", help: "A label, an id, FILE, FILE#2, -; several with commas." }],
  options: {
    output: {
      kind: "text",
      value: "FILE",
      short: "o",
      help: "Where to; - is stdout.",
      default: "-",
    },
    dir: dirOption,
  },
}, async ({ output, dir }, [ref = ""]) => {
  const [vectors = []] = await readVectors([ref], dir);
  const text = writeBaseline(vectors);
  if (output === "-") print(text);
  else {
    try {
      Deno.writeTextFileSync(output, text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UsageError(`Cannot baseline as 'output' cannot be written: ${reason}`);
    }
  }
  return 0;
});

import { censusOf } from "../../read/census.ts";
import { defineVerb, type Verb } from "../args.ts";
import { print } from "../output.ts";
import { readRunInput, runOperand, startOf } from "../run_input.ts";
import { dirOption } from "../run_store.ts";
import { sizeOf } from "./list.ts";

/** Shows the facts of one run. */
export const show: Verb = defineVerb({
  verb: "runs show",
  summary: "Shows what is known of a run besides where its time went: what ran, and where.",
  operands: [runOperand],
  options: {
    json: { kind: "flag", help: "Print JSON, with all attributes of the root span." },
    dir: dirOption,
  },
}, async ({ json, dir }, [ref]) => {
  const input = await readRunInput(ref, dir);
  const start = startOf(input);
  const census = censusOf(start);
  const { path, isOpen, id = start.run ?? path } = input;
  const run = { id, path, size: sizeOf(path), isOpen, start };
  if (json) {
    const { runFactsReport } = await import("../../show/runs_json.ts");
    print(`${JSON.stringify(runFactsReport(run, census), undefined, 2)}\n`);
  } else {
    const { runFactsText } = await import("../../show/runs_text.ts");
    print(runFactsText(run, census));
  }
  return 0;
});

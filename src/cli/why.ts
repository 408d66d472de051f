/**
 * `coldtrace why`: why a start took as long as it did.
 *
 * @module
 */
import { LOOKED_FOR, reasonsOf } from "../read/reasons/reasons.ts";
import { defineVerb, type Verb } from "./args.ts";
import { print } from "./output.ts";
import { readRunInput, runOperand, startOf } from "./run_input.ts";
import { dirOption } from "./run_store.ts";

/** Reads a run and prints why it took as long as it did, as text or as JSON. */
export const verb: Verb = defineVerb({
  verb: "why",
  summary:
    "Says why a start took as long as it did: reasons with their seconds, what shows them,\n" +
    "what would change them, and the command that would prove it.",
  operands: [runOperand],
  options: {
    json: { kind: "flag", help: "Print JSON, with durations in nanoseconds." },
    dir: dirOption,
  },
}, async ({ json, dir }, [ref]) => {
  const start = startOf(await readRunInput(ref, dir));
  const reasons = reasonsOf(start, dir);
  if (json) {
    const { whyReport } = await import("../show/why_json.ts");
    print(`${JSON.stringify(whyReport(start, reasons), undefined, 2)}\n`);
  } else {
    const { whyText } = await import("../show/why_text.ts");
    print(whyText(start, reasons, LOOKED_FOR));
  }
  return 0;
});

import { pathThrough } from "../on_path.ts";
import { isPhase } from "./_facts.ts";
import { logLines } from "./_log.ts";
import { withOption } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

const WARNING = "Using a slow tokenizer.";

/**
 * The tokenizer is the slow one, in Python.
 *
 * Source: the warning of vLLM (`tokenizers/registry.py` 0.32.0, where `is_fast` is false), and of
 * SGLang and others in the same words. A fast one is read from a `tokenizer.json`.
 */
export function slowTokenizer(start: Start): Finding | undefined {
  const warning = logLines(start).find(({ text }) => text.includes(WARNING));
  const path = pathThrough(start, (span) => isPhase(span, "tokenizer"));
  if (warning === undefined || path.length === 0) return undefined;
  return {
    id: "slow-tokenizer",
    title: "A slow tokenizer is loaded",
    time: path,
    isUpTo: true,
    evidence: [`it wrote: ${warning.text.slice(warning.text.indexOf(WARNING)).trim()}`],
    remedy:
      "a fast one: convert it once and save it in FOLDER (AutoTokenizer.from_pretrained(MODEL, " +
      "use_fast=True).save_pretrained(FOLDER) makes tokenizer.json), and name it",
    trial: { name: "fast", change: withOption("--tokenizer", "FOLDER") },
  };
}

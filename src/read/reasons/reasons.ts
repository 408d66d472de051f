/**
 * Why a start took as long as it did.
 *
 * @module
 */
import { common, lengthOf } from "../on_path.ts";
import type { Start } from "../start.ts";
import { compilation } from "./compilation.ts";
import { compileCache } from "./compile_cache.ts";
import { killedIn } from "./_facts.ts";
import { died, lastErrors } from "./died.ts";
import { download } from "./download.ts";
import { firstRequest } from "./first_request.ts";
import { garbageCollection } from "./garbage_collection.ts";
import { imports } from "./imports.ts";
import { modelInspection } from "./model_inspection.ts";
import { outOfMemory } from "./out_of_memory.ts";
import { pressure } from "./pressure.ts";
import { commandOf, proofOf, runBefore } from "./proof.ts";
import type { Finding, Reason, Rule } from "./reason.ts";
import { retries } from "./retries.ts";
import { serialRanks } from "./serial_ranks.ts";
import { slowTokenizer } from "./slow_tokenizer.ts";
import { throttled } from "./throttled.ts";
import { weights } from "./weights.ts";

const RULES: readonly Rule[] = [
  throttled,
  imports,
  garbageCollection,
  modelInspection,
  compileCache,
  compilation,
  weights,
  download,
  firstRequest,
  serialRanks,
  slowTokenizer,
  retries,
  pressure("cpu"),
  pressure("memory"),
  pressure("io"),
];

/** What the rules look for, in the words of a sentence. */
export const LOOKED_FOR: string =
  "a CPU limit, memory, pressure, imports, garbage collection, caches, compilation, graph capture, " +
  "weights, downloads, a slow first request, serial ranks, a slow tokenizer and retries";

/** What is less than 1 % of a start is not worth a line. */
const SMALL = 100n;

/**
 * Runs all rules on a start.
 *
 * @param start its facts.
 * @param dir the data directory of their commands, where it is not the default.
 * @returns the reasons that have evidence and account for at least 1 % of it: why it died first,
 * then those with the most time. They overlap, and say so: their times sum to nothing.
 */
export function reasonsOf(start: Start, dir?: string): Reason[] {
  const total = start.end - start.launch;
  const found = RULES.map((rule) => rule(start))
    .filter((finding) => finding !== undefined)
    .filter((finding) => nsOf(finding) > 0n && nsOf(finding) * SMALL >= total)
    .toSorted((a, b) => nsOf(a) > nsOf(b) ? -1 : nsOf(a) < nsOf(b) ? 1 : 0);
  const all = [...deathsOf(start), ...found];
  const command = commandOf(start);
  const before = { dir, ...runBefore(start) };
  return all.map((finding, i) => ({
    id: finding.id,
    ns: nsOf(finding),
    isUpTo: finding.isUpTo ?? false,
    share: total === 0n ? 0 : Number((nsOf(finding) * 2000n / total + 1n) / 2n) / 10,
    title: finding.title,
    evidence: finding.evidence,
    remedy: finding.remedy,
    command: proofOf(command, finding, before),
    proves: finding.trial !== undefined,
    overlaps: overlapsOf(finding, all.slice(0, i)),
  }));
}

/** Why it died: for memory, and, where that was a child, what the engine wrote of its end. */
function deathsOf(start: Start): Finding[] {
  const memory = outOfMemory(start);
  const isTold = memory === undefined ||
    killedIn(start) !== start.root && lastErrors(start).length > 0;
  return [memory, isTold ? died(start) : undefined].filter((finding) => finding !== undefined);
}

function nsOf({ time }: Finding): bigint {
  return typeof time === "bigint" ? time : lengthOf(time);
}

/** What of the time of a reason is that of others, too, where it is known which time that is. */
function overlapsOf({ time }: Finding, larger: readonly Finding[]): Reason["overlaps"] {
  if (typeof time === "bigint") return [];
  return larger.flatMap(({ id, time: other }) => {
    const ns = typeof other === "bigint" ? 0n : lengthOf(common(time, other));
    return ns > 0n ? [{ id, ns }] : [];
  });
}

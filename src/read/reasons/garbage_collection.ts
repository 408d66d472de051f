import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { processOf } from "../rows.ts";
import { isPhase } from "./_facts.ts";
import { counted, largest, seconds } from "./_amounts.ts";
import { withSite } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/** Python's own numbers are 700, 10 and 10: the youngest are collected as before, all hardly ever. */
const LINE = "import gc; gc.set_threshold(700, 10, 1000)";

/**
 * Python collects garbage while it starts.
 *
 * Source: `gc.callbacks`, and `gc.set_threshold` of docs.python.org. Importing makes objects that
 * stay, so that collections of generation 2, which look at all of them, take long and find little. A
 * `sitecustomize.py` runs in each Python process before its program (docs.python.org, `site`); no
 * variable sets the thresholds, and Python 3.14 has no third one. Seen in vLLM 0.32.0 with Python 3.11:
 * 7.1 s in 31 collections of generation 2; the four that stay are the program's own (`gc.collect()` in
 * `freeze_gc_heap` and after weights are loaded). A larger first threshold only moves the time to
 * younger generations.
 *
 * Mostly a part of imports.
 */
export function garbageCollection(start: Start): Finding | undefined {
  const path = pathThrough(start, (span) => isPhase(span, "gc"))
    .filter(({ owner }) => isPhase(owner, "gc"));
  if (path.length === 0) return undefined;
  const full = path.filter(({ owner }) => owner.attributes["coldtrace.gc.generation"] === 2);
  const count = new Set(path.map(({ owner }) => owner.spanId)).size;
  const processes = Map.groupBy(path, ({ owner }: OwnedSegment) => processOf(owner));
  const times = new Map([...processes].map(([name, segments]) => [name, lengthOf(segments)]));
  return {
    id: "garbage-collection",
    title: "Python collects garbage while it starts",
    time: path,
    isUpTo: true,
    evidence: [
      `${counted(count, "collection")} of 5 ms or more; ${seconds(lengthOf(full))} of generation 2`,
      largest(times, 5),
    ],
    remedy: `collect less while it starts: a sitecustomize.py with '${LINE}' (up to ` +
      "Python 3.13). Memory that only such a collection frees stays longer",
    trial: { name: "threshold", change: withSite(LINE) },
  };
}

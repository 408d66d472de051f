import type { SpanRecord } from "../../trace/record.ts";
import { lengthOf, pathThrough } from "../on_path.ts";
import { isPhase, isVllm } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { KEPT_SHOWS, withEnv, withFreshFolders } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/** The module that a process of its own runs, as the process is called. */
const MODULE = "vllm.model_executor.models.registry";

/**
 * vLLM starts a process that imports everything to look at the model's class, of which it keeps the
 * answer in `VLLM_CACHE_ROOT/modelinfos`.
 *
 * Source: `_run_in_subprocess` in `vllm/model_executor/models/registry.py` 0.32.0; seen in starts with
 * an empty cache, and in none with a full one.
 *
 * Mostly imports, and counted there, too.
 */
export function modelInspection(start: Start): Finding | undefined {
  if (!isVllm(start)) return undefined;
  const path = pathThrough(start, isInspection);
  if (path.length === 0) return undefined;
  const imports = lengthOf(path.filter(({ owner }) => isPhase(owner, "import")));
  const exit = lengthOf(path.filter(({ owner }) => isPhase(owner, "process_exit")));
  return {
    id: "model-inspection",
    title: "A process of its own looks at the model's class",
    time: path,
    evidence: [
      `process ${MODULE}: ${seconds(imports)} of imports, ${seconds(exit)} to exit`,
      "it runs only where VLLM_CACHE_ROOT has no answer from before",
    ],
    remedy:
      `keep VLLM_CACHE_ROOT (default ~/.cache/vllm) on a volume, or in the image. ${KEPT_SHOWS}`,
    trial: {
      name: "volume",
      change: withEnv({ VLLM_CACHE_ROOT: "/var/tmp/coldtrace/vllm" }),
      now: withFreshFolders("VLLM_CACHE_ROOT"),
      keeps: true,
    },
  };
}

function isInspection({ name, resource }: SpanRecord): boolean {
  return name === "model class inspect subprocess" ||
    resource.attributes["coldtrace.process"] === MODULE;
}

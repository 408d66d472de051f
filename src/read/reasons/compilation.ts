import type { SpanRecord } from "../../trace/record.ts";
import { lengthOf, type OwnedSegment, pathThrough } from "../on_path.ts";
import { isPhase, isVllm, textFact } from "./_facts.ts";
import { largest, seconds } from "./_amounts.ts";
import { hasLoadFailed } from "./_log.ts";
import { withArgs } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/** vLLM's spans, as they are in a trace that coldtrace did not make. */
const COMPILES = ["Dynamo bytecode transform", "Inductor compilation", "Compile graph"];
const CAPTURES = ["Capture model"];
/** What runs with `--enforce-eager`, too, on devices other than the CPU. */
const EAGER_TOO = ["profile run", "dummy run", "compile or warm up"];

/**
 * vLLM compiles the model and captures graphs, which it does not with `--enforce-eager`.
 *
 * Sources: `vllm/v1/worker/cpu_worker.py` 0.32.0 (`_should_warm_up_model`: without compilation, there
 * is no warm-up on CPU), `gpu_worker.py` and `compilation/backends.py` for GPUs, where the profiling
 * run is made all the same and is left out here. Seen on CPU: 44.1 s with full caches, 35.2 s eager.
 * Of GPUs, the names of spans and log lines are known from the code alone.
 *
 * Contains what compilers did, and the imports of the compiler's own modules.
 */
export function compilation(start: Start): Finding | undefined {
  if (!isVllm(start) || start.root?.attributes["coldtrace.engine.enforce_eager"] === true) {
    return undefined;
  }
  const isCpu = textFact(start, "coldtrace.engine.device") === "cpu";
  const isLeftOut = (span: SpanRecord) =>
    isPhase(span, "compile") || isCapture(span) || span.name === "Warmup (CPU)" ||
    COMPILES.includes(span.name);
  const path = pathThrough(start, isLeftOut)
    .filter(({ owner }) => isCpu || !EAGER_TOO.includes(owner.name));
  if (path.length === 0) return undefined;
  const graphs = lengthOf(path.filter(({ owner }) => isPhase(owner, "graphs")));
  const cache = textFact(start, "coldtrace.engine.compile_cache");
  const isUnloadable = hasLoadFailed(start);
  return {
    id: "compilation",
    title: graphs > 0n
      ? "Compiling and capturing graphs, which eager mode leaves out"
      : "Compiling, which eager mode leaves out",
    time: path,
    evidence: [
      largest(byName(path), 5),
      ...(graphs > 0n ? [`${seconds(graphs)} of it captures graphs`] : []),
      ...(isUnloadable
        ? ["compile cache: kept, but not to be loaded"]
        : cache === undefined
        ? []
        : [`compile cache: ${cache}`]),
    ],
    remedy:
      "--enforce-eager leaves it out, and has tokens come slower for as long as it serves; so " +
      "use it where starts matter more",
    trial: { name: "eager", change: withArgs("--enforce-eager") },
  };
}

function isCapture(span: SpanRecord): boolean {
  return isPhase(span, "graphs") || CAPTURES.includes(span.name);
}

function byName(path: readonly OwnedSegment[]): Map<string, bigint> {
  const groups = Map.groupBy(
    path,
    ({ owner }) => isPhase(owner, "import") ? "imports" : owner.name,
  );
  return new Map([...groups].map(([name, segments]) => [name, lengthOf(segments)]));
}

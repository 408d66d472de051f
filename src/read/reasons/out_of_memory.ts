import { processOf } from "../rows.ts";
import {
  isLlama,
  isOutOfMemory,
  isPhase,
  isVllm,
  killedIn,
  numberFact,
  textFact,
} from "./_facts.ts";
import { bytes, counted } from "./_amounts.ts";
import { behind, commandOf, withEnv, withoutArg } from "./proof.ts";
import type { Finding, Trial } from "./reason.ts";
import type { Start } from "../start.ts";

/**
 * Killed for memory: the start died, its control group counted an OOM kill meanwhile, and the engine
 * or one of its processes was killed, or the memory of the group had reached its limit: who waits for
 * a worker that was killed ends with an exit code of its own, and nobody else sees how that ended.
 *
 * Source: `oom_kill` in `memory.events` (cgroup-v2.rst of Linux), in `memory.oom_control` of version 1.
 * The kernel kills with SIGKILL; a shell or a container runtime gives 128 + 9 = 137. A SIGKILL alone
 * tells nothing: anybody can send it; and a count alone neither: others can be in the group. What helps: `VLLM_CPU_KVCACHE_SPACE` (GiB) from
 * `vllm/envs.py` 0.32.0; pages of a file that is mapped can be given back, so llama.cpp needs less
 * with mmap.
 */
export function outOfMemory(start: Start): Finding | undefined {
  const kills = numberFact(start, "coldtrace.cgroup.oom_kills") ?? 0;
  const victim = killedIn(start);
  if (start.ready || !isOutOfMemory(start)) return undefined;
  const { signal, exitCode } = start.ended ?? {};
  const how = signal !== undefined
    ? `it was ended by ${signal}`
    : exitCode !== undefined
    ? `it ended with exit code ${exitCode}`
    : undefined;
  const open = start.open.at(-1);
  const peak = numberFact(start, "coldtrace.cgroup.memory_peak");
  const limit = numberFact(start, "coldtrace.cgroup.memory_limit");
  return {
    id: "out-of-memory",
    title: victim === undefined
      ? "A process of its control group was killed for memory"
      : "Killed for memory",
    time: start.end - start.launch,
    evidence: [
      `its control group counted ${counted(kills, "OOM kill")}`,
      ...(victim === undefined || victim === start.root ? [] : [`${processOf(victim)} was killed`]),
      ...(how === undefined ? [] : [open === undefined ? how : `${how} in ${open}`]),
      ...(peak === undefined ? [] : [`its memory reached ${bytes(peak)}`]),
      ...(limit === undefined ? [] : [`its limit is ${bytes(limit)}`]),
    ],
    remedy: remedyFor(start),
    trial: trialFor(start),
  };
}

function remedyFor(start: Start): string {
  const more = "more memory for its control group (resources.limits.memory, docker run --memory)";
  if (hasCache(start)) return `${more}, or less for its KV cache: VLLM_CPU_KVCACHE_SPACE, in GiB`;
  if (isNotMapped(start)) {
    return `${more}, or no --no-mmap: pages that are mapped can be given back`;
  }
  return more;
}

function trialFor(start: Start): Trial {
  if (hasCache(start)) return { name: "less", change: withEnv({ VLLM_CPU_KVCACHE_SPACE: "1" }) };
  if (isNotMapped(start)) return { name: "mapped", change: withoutArg("--no-mmap") };
  return { name: "more", change: behind("systemd-run", "--scope", "--quiet") };
}

/** Whether it was on a CPU, where the KV cache is in the same memory, and had come that far. */
function hasCache(start: Start): boolean {
  return isVllm(start) && textFact(start, "coldtrace.engine.device") === "cpu" &&
    start.spans.some((span) => isPhase(span, "kv_cache"));
}

function isNotMapped(start: Start): boolean {
  return isLlama(start) && commandOf(start)?.includes("--no-mmap") === true;
}

import { isVllm, numberFact, textFact } from "./_facts.ts";
import { bytes, seconds } from "./_amounts.ts";
import { usageOnPath } from "./_imports.ts";
import { CACHED, CACHED_SHOWS } from "./cold.ts";
import { behind, withEnv } from "./proof.ts";
import { idleTime } from "../idle.ts";
import type { Rule, Trial } from "./reason.ts";
import type { Start } from "../start.ts";

/** What tasks waited for, what that is called, and what helps. */
const RESOURCES = {
  cpu: [
    "Waited for a processor",
    "more cores, or less beside it: its own threads and others' count alike",
  ],
  memory: [
    "Waited for memory",
    "more memory, or less beside it: what was read is thrown out of memory and read again",
  ],
  io: [
    "Waited for the disk",
    "a faster disk, or what it reads in the page cache before it starts",
  ],
} as const;

/** Reading so many bytes is not what a start waits for. */
const LITTLE = 2 ** 20;

/**
 * Makes the rule for one resource: some task of the control group waited for it.
 *
 * Source: PSI, `some ... total=` in `cpu.pressure`, `memory.pressure` and `io.pressure`
 * (Documentation/accounting/psi.rst of Linux): the time in which at least one task waited. Others may
 * have gone on meanwhile, so it is the most that was lost, and no more than what the path did not
 * spend computing. In the root of the machine it is that of the
 * machine. A quota makes tasks wait for a processor, too: where one did, that is told instead. While all
 * of its processes slept, whoever waited for a processor was another. Where they read less than 1 MiB
 * from disk (`coldtrace.disk_read_bytes`), whoever waited for it was another, or wrote, and nothing is
 * told.
 *
 * vLLM 0.32.0 keeps to an `OMP_NUM_THREADS` that is set (`utils/torch_utils.py`), and on CPU sets its own
 * (`utils/ompmultiprocessing.py`).
 *
 * `taskset` is of util-linux; what fewer processors cost is what the others are worth.
 *
 * Overlaps with whatever waited.
 */
export function pressure(resource: keyof typeof RESOURCES): Rule {
  return (start) => {
    const ms = numberFact(start, `coldtrace.cgroup.${resource}_pressure_ms`) ?? 0;
    const isThrottled = (numberFact(start, "coldtrace.cgroup.throttled_ms") ?? 0) > 0;
    if (ms <= 0 || resource === "cpu" && isThrottled) return undefined;
    const read = numberFact(start, "coldtrace.disk_read_bytes") ?? 0;
    if (resource === "io" && read < LITTLE) return undefined;
    const waited = BigInt(Math.round(ms * 1e6));
    // While it computes, it does not wait; nor for a processor while it sleeps.
    const computed = usageOnPath(start).cpu;
    const idle = resource === "cpu" ? idleTime(start) : 0n;
    const rest = start.end - start.launch - computed - idle;
    if (rest <= 0n) return undefined;
    const [title, remedy] = RESOURCES[resource];
    const [shows, trial] = trialFor(start, resource) ?? [];
    return {
      id: `${resource}-pressure`,
      title,
      time: waited < rest ? waited : rest,
      isUpTo: true,
      evidence: [
        `in ${
          seconds(waited)
        } at least one task of its control group waited (${resource}.pressure)`,
        ...(waited <= rest ? [] : lessFor(computed, idle)),
        ...(resource === "io" ? [`its processes read ${bytes(read)} from disk`] : []),
      ],
      remedy: shows === undefined ? remedy : `${remedy}. ${shows}`,
      ...(trial && { trial }),
    };
  };
}

/** Why less was lost than was waited. */
function lessFor(computed: bigint, idle: bigint): string[] {
  return [
    ...(computed === 0n ? [] : [
      `it lost less: ${seconds(computed)} of its path are imports that computed meanwhile`,
    ]),
    ...(idle === 0n ? [] : [`it lost less: in ${seconds(idle)} all of its processes slept`]),
  ];
}

/** What a command shows, and what it compares. */
function trialFor(
  start: Start,
  resource: keyof typeof RESOURCES,
): readonly [string, Trial] | undefined {
  if (resource === "io") return [CACHED_SHOWS, CACHED];
  if (resource === "memory") {
    return numberFact(start, "coldtrace.cgroup.memory_limit") === undefined ? undefined : [
      "The command below, which takes systemd, has it without its limit",
      { name: "unlimited", change: behind("systemd-run", "--scope", "--quiet") },
    ];
  }
  if (hasThreads(start)) {
    return [
      "The command below has it use fewer threads",
      { name: "one-thread", change: withEnv({ OMP_NUM_THREADS: "1" }) },
    ];
  }
  return numberFact(start, "coldtrace.host.cpus") === 1 ? undefined : [
    "The command below has it use one core: what the others are worth to it",
    { name: "one-cpu", change: behind("taskset", "-c", "0") },
  ];
}

/** Whether a variable says how many threads it has. */
function hasThreads(start: Start): boolean {
  return isVllm(start) && /^cuda\b/.test(textFact(start, "coldtrace.engine.device") ?? "");
}

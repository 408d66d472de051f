import { isVllm, numberFact, textFact } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { usageOnPath } from "./_imports.ts";
import { withEnv } from "./proof.ts";
import type { Rule } from "./reason.ts";
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

/**
 * Makes the rule for one resource: some task of the control group waited for it.
 *
 * Source: PSI, `some ... total=` in `cpu.pressure`, `memory.pressure` and `io.pressure`
 * (Documentation/accounting/psi.rst of Linux): the time in which at least one task waited. Others may
 * have gone on meanwhile, so it is the most that was lost, and no more than what the path did not
 * spend computing. In the root of the machine it is that of the
 * machine. A quota makes tasks wait for a processor, too: where one did, that is told instead.
 *
 * vLLM 0.32.0 keeps to an `OMP_NUM_THREADS` that is set (`utils/torch_utils.py`), and on CPU sets its own
 * (`utils/ompmultiprocessing.py`).
 *
 * Overlaps with whatever waited.
 */
export function pressure(resource: keyof typeof RESOURCES): Rule {
  return (start) => {
    const ms = numberFact(start, `coldtrace.cgroup.${resource}_pressure_ms`) ?? 0;
    const isThrottled = (numberFact(start, "coldtrace.cgroup.throttled_ms") ?? 0) > 0;
    if (ms <= 0 || resource === "cpu" && isThrottled) return undefined;
    const waited = BigInt(Math.round(ms * 1e6));
    // While it computes, it does not wait.
    const computed = usageOnPath(start).cpu;
    const rest = start.end - start.launch - computed;
    const [title, remedy] = RESOURCES[resource];
    return {
      id: `${resource}-pressure`,
      title,
      time: waited < rest ? waited : rest,
      isUpTo: true,
      evidence: [
        `in ${
          seconds(waited)
        } at least one task of its control group waited (${resource}.pressure)`,
        ...(computed === 0n ? [] : [`${seconds(computed)} of its path are imports that computed`]),
      ],
      remedy,
      ...(resource === "cpu" && hasThreads(start) && {
        remedy: `${remedy}. The command below has it use fewer`,
        trial: { name: "one-thread", change: withEnv({ OMP_NUM_THREADS: "1" }) },
      }),
    };
  };
}

/** Whether a variable says how many threads it has. */
function hasThreads(start: Start): boolean {
  return isVllm(start) && /^cuda\b/.test(textFact(start, "coldtrace.engine.device") ?? "");
}

import { numberFact } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { behind } from "./proof.ts";
import type { Start } from "../start.ts";
import type { Finding } from "./reason.ts";

/**
 * The control group's CPU limit held the start back: `coldtrace.cgroup.throttled_ms` grew.
 *
 * Source: `throttled_usec` in `cpu.stat` (cgroup-v2.rst of Linux), `throttled_time` of version 1. The
 * kernel adds it up over processors (`cfs_bandwidth` in `kernel/sched/fair.c`), so it is the most that
 * the start can have lost, and can be more than the start took. `systemd-run --scope` without
 * `CPUQuota=` is a group without a limit (systemd.resource-control(5)).
 *
 * Overlaps with whatever ran meanwhile.
 */
export function throttled(start: Start): Finding | undefined {
  const ms = numberFact(start, "coldtrace.cgroup.throttled_ms") ?? 0;
  if (ms <= 0) return undefined;
  const withheld = BigInt(Math.round(ms * 1e6));
  const total = start.end - start.launch;
  const limit = numberFact(start, "coldtrace.cgroup.cpu_limit");
  const threads = Math.max(1, Math.ceil(limit ?? 1));
  return {
    id: "cpu-limit",
    title: "Its CPU limit throttled the start",
    time: withheld < total ? withheld : total,
    isUpTo: true,
    evidence: [
      `its control group withheld ${
        seconds(withheld)
      } of processor time, added up over processors` +
      (limit === undefined ? "" : `; its limit is ${+limit.toFixed(2)} cores`),
    ],
    remedy:
      `raise the limit (resources.limits.cpu, docker run --cpus), at least until it is ready, ` +
      `or have no more threads than it allows (OMP_NUM_THREADS=${threads}). The command below ` +
      "takes systemd; in a container, start it under both limits and compare with coldtrace diff",
    trial: { name: "unlimited", change: behind("systemd-run", "--scope", "--quiet") },
  };
}

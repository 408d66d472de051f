/**
 * What a control group, a container's for example, held a start back by, on Linux.
 *
 * @module
 */
import type { RecordAttributes } from "../trace/record.ts";
import { cgroupFolders } from "./system/cgroup_folders.ts";
import { readCgroup } from "./system/cgroup_read.ts";

/** What is known of a control group at a moment. What is not known is absent. */
export interface CgroupSnapshot {
  /** Processor time that its quota withheld so far, in microseconds. */
  readonly throttled?: number;
  /** How many of its processes were killed for want of memory so far. */
  readonly oomKills?: number;
  /** How long some task of it has waited for a processor so far, in microseconds. */
  readonly cpuPressure?: number;
  /** The same, for memory. */
  readonly memoryPressure?: number;
  /** The same, for input and output. */
  readonly ioPressure?: number;
  /** The most memory that it ever used, in bytes. */
  readonly memoryPeak?: number;
  /** The memory that it uses, page cache included, in bytes. */
  readonly memory?: number;
  /** The most memory that it may use, in bytes. */
  readonly memoryLimit?: number;
  /** Its quota of processor time, in cores. */
  readonly cpuLimit?: number;
}

/**
 * Reads the control groups of a process.
 *
 * Of version 2 (cgroup-v2.rst of Linux 4.15 and later) `cpu.stat`, `cpu.max`, `memory.events`,
 * `memory.max`, `memory.peak`, `memory.current` and the `*.pressure` files; of version 1 `cpu.stat`,
 * `cpu.cfs_quota_us`, `memory.oom_control`, `memory.max_usage_in_bytes`,
 * `memory.limit_in_bytes` and `memory.usage_in_bytes`. A quota or limit can be set on a group that it is in, so the smallest counts, and
 * what they all withheld. In the root of the machine, pressure is that of the machine.
 *
 * Reading them takes `--allow-all`.
 *
 * @param pid The process. One that is gone has no groups any more: what it started, and what
 * started it, mostly has the same ones.
 * @returns `undefined` where nothing is known.
 */
export function cgroupSnapshot(pid: number): CgroupSnapshot | undefined {
  return readCgroup(cgroupFolders(pid));
}

/**
 * What control groups did between two moments, as attributes of a start:
 * `coldtrace.cgroup.throttled_ms`, `coldtrace.cgroup.oom_kills`,
 * `coldtrace.cgroup.cpu_pressure_ms`, `coldtrace.cgroup.memory_pressure_ms` and
 * `coldtrace.cgroup.io_pressure_ms` are differences; `coldtrace.cgroup.memory`,
 * `coldtrace.cgroup.memory_limit` (bytes) and `coldtrace.cgroup.cpu_limit` (cores) as they are at the end; `coldtrace.cgroup.memory_peak`
 * (bytes) only where it was reached in between. What is not known of both moments is absent.
 */
export function cgroupFacts(
  atLaunch: CgroupSnapshot | undefined,
  atEnd: CgroupSnapshot | undefined,
): RecordAttributes {
  const { memoryPeak, memory, memoryLimit, cpuLimit } = atEnd ?? {};
  const grown = (key: keyof CgroupSnapshot, unit = 1) => {
    const [before, after] = [atLaunch?.[key], atEnd?.[key]];
    // Of groups that were made anew meanwhile, or of others, nothing is known.
    if (before === undefined || after === undefined || after < before) return undefined;
    return (after - before) / unit;
  };
  const peakGrew = (grown("memoryPeak") ?? 0) > 0;
  const facts = {
    throttled_ms: grown("throttled", 1000),
    oom_kills: grown("oomKills"),
    cpu_pressure_ms: grown("cpuPressure", 1000),
    memory_pressure_ms: grown("memoryPressure", 1000),
    io_pressure_ms: grown("ioPressure", 1000),
    memory_peak: peakGrew ? memoryPeak : undefined,
    memory,
    memory_limit: memoryLimit,
    cpu_limit: cpuLimit,
  };
  const attributes: RecordAttributes = {};
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined) attributes[`coldtrace.cgroup.${name}`] = value;
  }
  return attributes;
}

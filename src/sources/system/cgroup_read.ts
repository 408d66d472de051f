import type { CgroupFolders } from "./cgroup_folders.ts";
import type { CgroupSnapshot } from "../cgroup.ts";

/** Reads what is in the folders of a process's control groups; `undefined` where nothing is. */
export function readCgroup({ unified, cpu, memory }: CgroupFolders): CgroupSnapshot | undefined {
  const [group] = unified;
  const [memoryGroup] = memory;
  const all: { [K in keyof CgroupSnapshot]: CgroupSnapshot[K] | undefined } = {
    throttled: sum([
      ...unified.map((folder) => field(folder, "cpu.stat", "throttled_usec")),
      ...cpu.map((folder) => microseconds(field(folder, "cpu.stat", "throttled_time"))),
    ]),
    oomKills: field(group, "memory.events", "oom_kill") ??
      field(memoryGroup, "memory.oom_control", "oom_kill"),
    cpuPressure: pressure(group, "cpu"),
    memoryPressure: pressure(group, "memory"),
    ioPressure: pressure(group, "io"),
    memoryPeak: number(group, "memory.peak") ?? number(memoryGroup, "memory.max_usage_in_bytes"),
    memory: number(group, "memory.current") ?? number(memoryGroup, "memory.usage_in_bytes"),
    memoryLimit: least([
      ...unified.map((folder) => number(folder, "memory.max")),
      ...memory.map((folder) => limitOfVersion1(folder)),
    ]),
    cpuLimit: least([...unified.map(quota), ...cpu.map(quotaOfVersion1)]),
  };
  const known = Object.entries(all).filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function text(folder: string | undefined, file: string): string | undefined {
  if (folder === undefined) return undefined;
  try {
    return Deno.readTextFileSync(`${folder}/${file}`);
  } catch {
    return undefined;
  }
}

/** The value of a line `name value`. */
function field(folder: string | undefined, file: string, name: string): number | undefined {
  const line = text(folder, file)?.split("\n").find((line) => line.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

function number(folder: string | undefined, file: string): number | undefined {
  const value = text(folder, file)?.trim();
  return value !== undefined && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

function pressure(folder: string | undefined, resource: string): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(text(folder, `${resource}.pressure`) ?? "")?.[1];
  return total === undefined ? undefined : Number(total);
}

/** `max 100000` has no limit; `150000 100000` is one and a half cores. */
function quota(folder: string): number | undefined {
  const [, time, period] = /^(\d+) (\d+)/.exec(text(folder, "cpu.max") ?? "") ?? [];
  return time === undefined ? undefined : Number(time) / Number(period);
}

function quotaOfVersion1(folder: string): number | undefined {
  const time = number(folder, "cpu.cfs_quota_us");
  const period = number(folder, "cpu.cfs_period_us");
  // -1 has no limit.
  return time === undefined || period === undefined || time < 0 ? undefined : time / period;
}

/** Without a limit it is the largest multiple of a page's size. */
function limitOfVersion1(folder: string): number | undefined {
  const bytes = number(folder, "memory.limit_in_bytes");
  return bytes === undefined || bytes >= 2 ** 62 ? undefined : bytes;
}

function microseconds(nanoseconds: number | undefined): number | undefined {
  return nanoseconds === undefined ? undefined : nanoseconds / 1000;
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((all, one) => all + one, 0);
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

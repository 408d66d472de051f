import { mayReadFiles } from "./proc_files.ts";

/** The folders of a process's control groups, each with those above it, the innermost first. */
export interface CgroupFolders {
  /** Version 2. */
  readonly unified: readonly string[];
  /** Version 1, of the controller `cpu`. */
  readonly cpu: readonly string[];
  /** Version 1, of the controller `memory`. */
  readonly memory: readonly string[];
}

/** Where the control groups of a process are mounted for us (cgroups(7), proc(5)). */
export function cgroupFolders(pid: number): CgroupFolders {
  const none = { unified: [], cpu: [], memory: [] };
  if (Deno.build.os !== "linux" || !mayReadFiles()) return none;
  try {
    return foldersIn(
      Deno.readTextFileSync(`/proc/${pid}/cgroup`),
      Deno.readTextFileSync("/proc/self/mountinfo"),
    );
  } catch {
    return none;
  }
}

/**
 * The same, from the text of the two files.
 *
 * @param cgroup `/proc/PID/cgroup`, lines of `id:controllers:path`; version 2 has no controllers.
 * @param mountinfo `/proc/self/mountinfo`.
 */
export function foldersIn(cgroup: string, mountinfo: string): CgroupFolders {
  const mounts = mountinfo.split("\n").map(mountOf).filter((mount) => mount !== undefined);
  const paths = cgroup.split("\n").map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []);
  const folders = (type: string, controller: string) => {
    const of = (list = "") => list.split(",").includes(controller);
    const path = paths.find(([, controllers]) => controllers !== undefined && of(controllers))?.[2];
    const mount = mounts.find((one) => one.type === type && (controller === "" || of(one.options)));
    return path === undefined || mount === undefined ? [] : upwards(mount, path);
  };
  return {
    unified: folders("cgroup2", ""),
    cpu: folders("cgroup", "cpu"),
    memory: folders("cgroup", "memory"),
  };
}

interface Mount {
  /** The group that is mounted. */
  readonly root: string;
  /** Where. */
  readonly point: string;
  readonly type: string;
  /** The controllers, among others. */
  readonly options: string;
}

/** `31 23 0:28 /root /point rw - type source options`; before the dash there may be more fields. */
function mountOf(line: string): Mount | undefined {
  const [, root, point, type, options] =
    /^\d+ \d+ \S+ (\S+) (\S+) .*? - (cgroup2?) \S+ (\S+)$/.exec(line) ?? [];
  if (root === undefined || point === undefined) return undefined;
  return { root, point, type: type ?? "", options: options ?? "" };
}

/** The folder of a group and those of the groups that it is in, as far as they are mounted. */
function upwards({ root, point }: Mount, path: string): string[] {
  // Of a container without a namespace for its groups, only its own are mounted.
  const base = root === "/" ? "" : root;
  if (path !== base && !path.startsWith(`${base}/`)) return [];
  const names = path.slice(base.length).split("/").filter((name) => name !== "");
  // A group outside of our namespace: `/../other`.
  if (names.includes("..")) return [];
  return Array.from(
    { length: names.length + 1 },
    (_, up) => [point, ...names.slice(0, names.length - up)].join("/"),
  );
}

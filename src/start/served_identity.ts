/**
 * What tells starts of the embedded engine apart that are to be compared: loaded, and asked, when the
 * engine has given its first token.
 *
 * @module
 */
import { cgroupFacts, cgroupSnapshot } from "../sources/cgroup.ts";
import { bytesReadIn } from "../sources/disk_read.ts";
import { modelIn } from "../sources/system/cpu_model.ts";
import { procFile } from "../sources/system/proc_files.ts";
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";
import { diskReadFacts, identityFacts } from "./identity.ts";

/**
 * The machine, its limits, the revision, and what was read from disk, as `coldtrace run` tells them.
 *
 * @param pid The engine's own process.
 * @param spans What is known of its start: they name its other processes.
 * @returns Attributes of its root; it never rejects.
 */
export async function servedFacts(
  pid: number,
  spans: readonly SpanRecord[],
): Promise<RecordAttributes> {
  const known = {
    ...diskReadFacts(pid),
    // Only as it is now: what it held back is not asked of a start that must not be delayed.
    ...cgroupFacts(undefined, cgroupSnapshot(pid)),
  };
  const identity = identityFacts();
  const others = spans.map(({ attributes }) => attributes["process.pid"]);
  const pids = new Set([pid, ...others.filter((other) => typeof other === "number")]);
  return { ...await askedOfCat([...pids]), ...known, ...await identity };
}

/**
 * What Deno lets nobody read who may not do everything, as the tasks of the project may not: a
 * program that it may run is let.
 */
async function askedOfCat(pids: readonly number[]): Promise<RecordAttributes> {
  const { state } = Deno.permissions.querySync({ name: "run", command: "cat" });
  if (Deno.build.os !== "linux" || state !== "granted") return {};
  if (procFile("self/status") !== undefined) return {};
  const files = ["cpuinfo", "meminfo", ...pids.map((pid) => `${pid}/io`)];
  try {
    const { stdout } = await new Deno.Command("cat", {
      args: files.map((file) => `/proc/${file}`),
      stdin: "null",
      stderr: "null",
    }).output();
    return factsIn(new TextDecoder().decode(stdout), pids.length);
  } catch {
    return {};
  }
}

/** The texts of `cpuinfo`, `meminfo` and so many `io` (proc(5)), one after the other. */
function factsIn(text: string, processes: number): RecordAttributes {
  const model = modelIn(text);
  const kib = /^MemTotal: +(\d+) kB$/m.exec(text)?.[1];
  const read = bytesReadIn(text);
  return {
    ...(model !== undefined && { "host.cpu.model.name": model }),
    ...(kib !== undefined && { "coldtrace.host.memory": Number(kib) * 1024 }),
    // Less than all would say something else.
    ...(read.length === processes && {
      "coldtrace.disk_read_bytes": read.reduce((sum, bytes) => sum + bytes, 0),
    }),
  };
}

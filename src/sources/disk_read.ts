/**
 * What the processes of an engine have read from disk, on Linux.
 *
 * @module
 */
import { processesFrom } from "./system/descendants.ts";
import { isOver, procFile } from "./system/proc_files.ts";

/**
 * Says how much a process and those below it have read from disk so far, in bytes, as the attribute
 * `coldtrace.disk_read_bytes`: what was in the page cache already is not counted.
 *
 * It is `read_bytes` of `/proc/PID/io` (proc(5)). A process has that of its children there once they
 * have ended and it has waited for them, so that of those that end meanwhile nothing is lost, but of
 * those that have left their parents, as daemons do.
 *
 * @param pid The topmost of them.
 * @returns Nothing where one cannot be read: less than all would say something else.
 */
export function diskReadFacts(pid: number): { "coldtrace.disk_read_bytes"?: number } {
  let sum: number | undefined;
  for (const { pid: one, stat } of processesFrom(pid)) {
    const [bytes] = bytesReadIn(procFile(`${one}/io`));
    // What has ended is in its parent, or soon will be.
    const isGone = one !== pid && (stat === undefined || isOver(stat));
    if (bytes === undefined && !isGone) return {};
    sum = (sum ?? 0) + (bytes ?? 0);
  }
  return sum === undefined ? {} : { "coldtrace.disk_read_bytes": sum };
}

/** What processes have read from disk, from the texts of their `/proc/PID/io`, one after the other. */
export function bytesReadIn(io = ""): number[] {
  return [...io.matchAll(/^read_bytes: (\d+)$/gm)].map(([, bytes]) => Number(bytes));
}

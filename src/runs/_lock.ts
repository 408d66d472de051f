import { requireAccess } from "./_access.ts";

/**
 * Locks a run file, which its writer does as long as it writes.
 *
 * @returns Whether nobody else has the lock. Where a file system or Windows (whose locks
 * would keep readers out) has no such locks, nobody has.
 */
export function tryLock(file: Deno.FsFile): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    return file.tryLockSync(true);
  } catch {
    return true;
  }
}

/** Whether a run's file is being written: its start is under way. Unknown counts as no. */
export function isBeingWritten(path: string): boolean {
  try {
    requireAccess("read", path);
    using file = Deno.openSync(path);
    return !tryLock(file);
  } catch {
    return false;
  }
}

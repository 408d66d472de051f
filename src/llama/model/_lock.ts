/**
 * A lock between processes: a file that one of them holds. The operating system lets go of it
 * when its process ends, however it ends.
 *
 * @module
 */

/** How often a waiting process asks again: the system has no event for it. */
const POLL_MS = 50;

/**
 * Waits until this caller alone holds a file, which is made when missing.
 *
 * @param path The file.
 * @param options `signal` ends the waiting; `onWait` is called each time another holds the file.
 * @returns The file; closing it lets go.
 */
export async function lockFile(
  path: string,
  options: { signal?: AbortSignal | undefined; onWait?: () => void } = {},
): Promise<Deno.FsFile> {
  const { signal, onWait } = options;
  const file = await Deno.open(path, { read: true, write: true, create: true });
  try {
    while (!await isLocked(file)) {
      signal?.throwIfAborted();
      onWait?.();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

async function isLocked(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    // A file system without locks (some network ones): two at once are better than none.
    return true;
  }
}

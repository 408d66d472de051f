/**
 * The default model's file: made on first use, checked whenever it may have changed.
 *
 * @module
 */
import { lockFile } from "./_lock.ts";

/** The file's name. */
export const DEFAULT_MODEL_FILE = "coldtrace-bigram.gguf";

/** SHA-256 of the file: the same on every machine. A test makes the file and compares. */
export const DEFAULT_MODEL_SHA256 =
  "381d03cf2a348eb7a358b34b4c24b11e97407ce459c4690be7d8039bbe71cdef";

/**
 * When a file that was found whole says that it was modified. To read and hash it takes more than
 * ten milliseconds, which no start should wait for twice; whoever writes to it changes this time.
 * It is the hash's own, so that the file of another version is not taken for this one's.
 */
const WHOLE = new Date(parseInt(DEFAULT_MODEL_SHA256.slice(0, 7), 16) * 1000);

/**
 * Makes sure that the default model's file is there and whole.
 *
 * Making it takes about 0.3 s. A file that is damaged is made again; of several processes, one
 * makes it and the others wait.
 *
 * @param dir The folder for models, made when missing.
 * @returns The file, and whether it was made now.
 * @throws {Error} Deno's errors of the file system, when the folder cannot be written.
 */
export async function ensureDefaultModel(dir: string): Promise<{ path: string; made: boolean }> {
  const path = `${dir}/${DEFAULT_MODEL_FILE}`;
  if (await isWhole(path)) return { path, made: false };
  await Deno.mkdir(dir, { recursive: true });
  const lock = `${path}.lock`;
  using _held = await lockFile(lock);
  if (await isWhole(path)) return { path, made: false };
  const [{ makeBigramModel }, { CORPUS }] = await Promise.all([
    import("./bigram.ts"),
    import("../corpus.ts"),
  ]);
  const part = `${path}.part`;
  try {
    await Deno.writeFile(part, makeBigramModel(CORPUS));
    await Deno.utime(part, WHOLE, WHOLE);
    await Deno.rename(part, path);
  } catch (error) {
    // What a full disk has room for is of no use to anybody.
    await Deno.remove(part).catch(() => {});
    throw error;
  }
  // Those who wait for the lock find the file; on Windows a held file cannot be removed.
  await Deno.remove(lock).catch(() => {});
  return { path, made: true };
}

async function isWhole(path: string): Promise<boolean> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const { mtime } = Deno.statSync(path);
    if (mtime?.getTime() === WHOLE.getTime()) return true;
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  if (new Uint8Array(digest).toHex() !== DEFAULT_MODEL_SHA256) return false;
  // A copy, say. Where that cannot be noted, it is looked at again the next time.
  await Deno.utime(path, WHOLE, WHOLE).catch(() => {});
  return true;
}

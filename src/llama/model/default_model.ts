/**
 * The default model's file: made on first use, checked on every later one.
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
 * Makes sure that the default model's file is there and whole.
 *
 * Making it takes about 0.3 s, checking it some milliseconds. A file that is damaged is made
 * again; of several processes, one makes it and the others wait.
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
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex() === DEFAULT_MODEL_SHA256;
}

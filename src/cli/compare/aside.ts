/**
 * Reading many runs side by side.
 *
 * @module
 */
import type { RunVector } from "../../read/comparison/vector.ts";

/** So many bytes are read before another thread is there to help. */
const LITTLE = 32 * 2 ** 20;

/** Has it be a part of what is installed, which a file that only a worker names is not. */
export const loadWorker = (): Promise<unknown> => import("./_aside_worker.ts");

/** What a worker says to the file of a run; nothing where that cannot be read. */
export type Answer = readonly RunVector[] | null;

/**
 * Reads runs in as many threads as there are cores, where there are enough of both.
 *
 * @param paths their files.
 * @returns what was read, by file; whatever is not among it is to be read here, which tells why.
 */
export async function readAside(
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly RunVector[]>> {
  const found = new Map<string, readonly RunVector[]>();
  const bytes = paths.reduce((sum, path) => sum + sizeOf(path), 0);
  const threads = Math.min(navigator.hardwareConcurrency, Math.floor(bytes / LITTLE));
  if (threads < 2) return found;
  const queue = paths.values();
  await Promise.all(Array.from({ length: threads }, () => help(queue, found)));
  return found;
}

/** Has one worker read what is next, until nothing is left. */
function help(
  queue: Iterator<string>,
  found: Map<string, readonly RunVector[]>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const worker = new Worker(new URL("./_aside_worker.ts", import.meta.url), { type: "module" });
  let path: string | undefined;
  const ask = () => {
    const { value, done } = queue.next();
    path = value;
    if (done === true) resolve();
    else worker.postMessage(value);
  };
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if (path !== undefined && data !== null) found.set(path, data);
    ask();
  };
  // Where there can be no worker, all is read here.
  worker.onerror = (event) => {
    event.preventDefault();
    resolve();
  };
  ask();
  return promise.finally(() => worker.terminate());
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

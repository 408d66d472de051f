/**
 * Downloads models: each once, resumed where it stopped, checked, and put in its place whole.
 *
 * @module
 */
import { lockFile } from "./_lock.ts";
import { DownloadError } from "./_request.ts";
import { type Progress, Transfer } from "./_transfer.ts";
import { isHubOffline } from "./hub.ts";
import type { Checksum } from "./remote_file.ts";
import { describeModelSource, modelPath, type ModelSource } from "./source.ts";

export { DownloadError };

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that are on this machine, those of earlier tries included. */
  bytes: number;
  /** Bytes in all, where the server says so. */
  total?: number;
}

/** Options of {@linkcode downloadModel}. */
export interface DownloadOptions {
  /** Where `HF_TOKEN`, `HF_ENDPOINT` and `HF_HUB_OFFLINE` are read. @default {{}} */
  env?: Record<string, string>;
  /** Ends the download; what has come stays and is continued the next time. */
  signal?: AbortSignal;
  /** Called when the download begins, at most ten times a second, and when it is done. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Milliseconds without a byte after which a connection counts as dead. @default {30000} */
  stallTimeout?: number;
}

/** A model that is on this machine. */
export interface DownloadedModel {
  /** Its file. */
  path: string;
  /** Bytes that came over the network now; 0 when the file was there. */
  received: number;
  /** What the bytes were checked against, if they came now and the server names a hash. */
  checksum?: Checksum["algorithm"];
}

/**
 * Brings a model to this machine, unless it is there: a model once downloaded is used as it is,
 * and no server is asked. (Name a revision, or remove the file, to have another.)
 *
 * A download that breaks is continued where it stopped, up to four times in a row without a new
 * byte, and by the next start. Of several processes that want the same model one downloads it,
 * and the others wait.
 *
 * @param source Where the model comes from.
 * @param dir The folder for models, made when missing.
 * @param options Environment, progress, and an end.
 * @returns Where the model is.
 * @throws {DownloadError} When it cannot be had; one line says why and what to do.
 */
export async function downloadModel(
  source: ModelSource,
  dir: string,
  options: DownloadOptions = {},
): Promise<DownloadedModel> {
  const path = modelPath(source, dir);
  if (source.kind === "file" || sizeOf(path) !== undefined) return { path, received: 0 };
  const { env = {}, signal, onProgress } = options;
  if (source.kind === "hub" && isHubOffline(env)) {
    throw new DownloadError(
      `HF_HUB_OFFLINE is set and ${describeModelSource(source)} is not on this machine: ` +
        "unset it and start once with a network",
      "no",
    );
  }

  signal?.throwIfAborted();
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  const part = `${path}.part`;
  const lock = `${path}.lock`;
  const progress = limited(onProgress);
  using tag = await lockFile(lock, {
    signal,
    onWait: () => progress({ bytes: sizeOf(part) ?? 0 }),
  });
  if (sizeOf(path) !== undefined) return { path, received: 0 };
  const { stallTimeout = STALL_TIMEOUT_MS } = options;
  const create = () => new Transfer(source, part, tag, { env, signal, progress, stallTimeout });
  const result = await transfer(create, part, signal).catch((error) => {
    if (error instanceof DownloadError) error.message += `: ${describeModelSource(source)}`;
    throw error;
  });
  await Deno.rename(part, path);
  // Those who wait for the lock find the file; on Windows a held file cannot be removed.
  await Deno.remove(lock).catch(() => {});
  return { path, ...result };
}

/** Tries in a row that bring nothing. */
const MAX_RETRIES = 4;
const FIRST_DELAY_MS = 200;
const MAX_RETRY_AFTER_MS = 60_000;
const STALL_TIMEOUT_MS = 30_000;
const PROGRESS_INTERVAL_MS = 100;

async function transfer(
  create: () => Transfer,
  part: string,
  signal: AbortSignal | undefined,
): Promise<Omit<DownloadedModel, "path">> {
  let received = 0;
  let restarted = false;
  for (let retries = 0;; retries++) {
    const attempt = create();
    try {
      const checksum = await attempt.run();
      return { received: received + attempt.received, ...(checksum && { checksum }) };
    } catch (error) {
      if (!(error instanceof DownloadError) || error.retry === "no") throw error;
      received += attempt.received;
      if (error.retry === "restart") {
        await Deno.truncate(part);
        if (restarted) throw error;
        restarted = true;
      } else if (attempt.received > 0) retries = 0;
      if (retries === MAX_RETRIES) throw error;
      await delay(error.retryAfter ?? FIRST_DELAY_MS * 2 ** retries, signal);
    }
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Passes progress on at most ten times a second, or `always`. */
function limited(onProgress: DownloadOptions["onProgress"]): Progress {
  let last = -Infinity;
  return (progress, always) => {
    const now = performance.now();
    if (!always) {
      if (now - last < PROGRESS_INTERVAL_MS) return;
      last = now;
    }
    onProgress?.(progress);
  };
}

async function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.min(ms, MAX_RETRY_AFTER_MS));
  const end = () => resolve();
  signal?.addEventListener("abort", end);
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  signal?.throwIfAborted();
}

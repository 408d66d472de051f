/**
 * One try to bring a file here: asks the server, continues the partial file, and checks the
 * whole one.
 *
 * @module
 */
import { asDownloadError, createFetch, DownloadError } from "./_request.ts";
import { describeNotGguf } from "./gguf_header.ts";
import { hubAccess, openHubFile } from "./hub.ts";
import type { Checksum, RemoteFile } from "./remote_file.ts";
import type { HubSource, UrlSource } from "./source.ts";
import { openWebFile } from "./web.ts";

/** Is told how far a download is; `always` may not be left out. */
export type Progress = (progress: { bytes: number; total?: number }, always?: boolean) => void;

/** Options of a {@linkcode Transfer}. */
export interface TransferOptions {
  env: Record<string, string>;
  signal: AbortSignal | undefined;
  progress: Progress;
  /** In milliseconds. */
  stallTimeout: number;
}

/** Enough of a file's start to tell what it is. */
const HEAD_BYTES = 64;

/** One try. `received` counts its bytes, also of one that fails. */
export class Transfer {
  received = 0;
  readonly #source: HubSource | UrlSource;
  readonly #part: string;
  readonly #tag: Deno.FsFile;
  readonly #options: TransferOptions;
  readonly #stalled = new AbortController();
  #stall: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param source Where the file comes from.
   * @param part The partial file.
   * @param tag The file that says which content the partial file is of.
   * @param options Environment, progress and ends.
   */
  constructor(
    source: HubSource | UrlSource,
    part: string,
    tag: Deno.FsFile,
    options: TransferOptions,
  ) {
    this.#source = source;
    this.#part = part;
    this.#tag = tag;
    this.#options = options;
  }

  /** Resolves, to what it was checked against, when the partial file is whole. */
  async run(): Promise<Checksum["algorithm"] | undefined> {
    const source = this.#source;
    const { env, signal } = this.#options;
    const ends = [this.#stalled.signal, ...(signal ? [signal] : [])];
    const access = source.kind === "hub" ? hubAccess(env) : undefined;
    // The hub's client makes strings of errors; this keeps them.
    let failed: unknown;
    const ask = createFetch(AbortSignal.any(ends), access);
    const fetch: typeof ask = (...request) => {
      this.#alive();
      return ask(...request).catch((error) => {
        throw failed = error;
      });
    };
    try {
      const remote = source.kind === "hub"
        ? await openHubFile(source, env, fetch)
        : await openWebFile(source, fetch);
      await this.#continue(remote);
      return remote.checksum?.algorithm;
    } catch (error) {
      signal?.throwIfAborted();
      if (isFileError(error)) {
        throw new DownloadError(`its file cannot be written: ${error.message}`, "no", {
          cause: error,
        });
      }
      const host = source.kind === "hub" ? "the hub" : new URL(source.url).host;
      throw this.#stalled.signal.aborted
        ? this.#stalled.signal.reason
        : asDownloadError(failed ?? error, host);
    } finally {
      clearTimeout(this.#stall);
    }
  }

  async #continue(remote: RemoteFile): Promise<void> {
    using file = await Deno.open(this.#part, { read: true, write: true, create: true });
    const { size, checksum } = remote;
    let bytes = (await file.stat()).size;
    if (remote.tag === "" || await readTag(this.#tag) !== remote.tag || bytes > (size ?? 0)) {
      await file.truncate(0);
      await writeTag(this.#tag, remote.tag);
      bytes = 0;
    }
    const hash = await createHash(checksum, size);
    for (let read = 0; hash && read < bytes;) {
      read += await hashMore(file, hash);
      this.#alive();
    }
    await file.seek(bytes, Deno.SeekMode.Start);

    const report = (always?: boolean) =>
      this.#options.progress({ bytes, ...(size !== undefined && { total: size }) }, always);
    report(true);
    if (bytes !== size) {
      for await (const chunk of await remote.read(bytes)) {
        this.#alive();
        await writeAll(file, chunk);
        hash?.update(chunk);
        const before = bytes;
        bytes += chunk.length;
        this.received += chunk.length;
        if (before < HEAD_BYTES && bytes >= HEAD_BYTES) await checkMagic(file, bytes);
        report();
      }
    }
    report(true);
    await checkMagic(file, bytes);
    if (size !== undefined && bytes !== size) {
      throw new DownloadError(`only ${bytes} of ${size} bytes came`, "resume");
    }
    checkHash(hash?.digest("hex"), checksum);
  }

  /** Something was asked, came or was done: the connection is not dead yet. */
  #alive(): void {
    const { stallTimeout } = this.#options;
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => {
      const error = new DownloadError(`nothing came for ${stallTimeout} ms`, "resume");
      this.#stalled.abort(error);
    }, stallTimeout);
  }
}

/** A page that asks for a login is an answer too, and must not be kept as a model. */
async function checkMagic(file: Deno.FsFile, end: number): Promise<void> {
  const head = new Uint8Array(HEAD_BYTES);
  await file.seek(0, Deno.SeekMode.Start);
  const looksLike = describeNotGguf(head.subarray(0, await file.read(head) ?? 0));
  await file.seek(end, Deno.SeekMode.Start);
  if (!looksLike) return;
  await file.truncate(0);
  throw new DownloadError(`it must be a GGUF file but what comes looks like ${looksLike}`, "no");
}

function checkHash(actual: string | undefined, checksum: Checksum | undefined): void {
  if (!checksum || actual === checksum.hex) return;
  throw new DownloadError(
    `its ${checksum.algorithm} must be ${checksum.hex}: current value is ${actual}`,
    "restart",
  );
}

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** Web Crypto hashes whole buffers only, and a model does not fit into one. */
async function createHash(
  checksum: Checksum | undefined,
  size: number | undefined,
): Promise<Hash | undefined> {
  if (!checksum) return undefined;
  const crypto = await import("node:crypto");
  if (checksum.algorithm === "sha256") return crypto.createHash("sha256");
  return crypto.createHash("sha1").update(`blob ${size}\0`);
}

async function hashMore(file: Deno.FsFile, hash: Hash): Promise<number> {
  const block = new Uint8Array(1024 * 1024);
  const read = await file.read(block) ?? 0;
  hash.update(block.subarray(0, read));
  return read || Infinity;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/** The lock file says which content the partial file beside it is of. */
async function readTag(file: Deno.FsFile): Promise<string> {
  await file.seek(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array(1024);
  return new TextDecoder().decode(bytes.subarray(0, await file.read(bytes) ?? 0));
}

async function writeTag(file: Deno.FsFile, tag: string): Promise<void> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writeAll(file, new TextEncoder().encode(tag.slice(0, 1024)));
}

/** Errors of this machine's files, which no server can mend. */
function isFileError(error: unknown): error is Error {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Error && /os error (28|30|122)|no space/i.test(error.message);
}

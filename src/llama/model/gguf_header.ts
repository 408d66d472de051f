/**
 * What the header of a GGUF file says, read without its vocabulary and without its weights.
 *
 * @module
 */
import { FILE_TYPES, TENSOR_TYPES, VALUE, VALUE_BYTES } from "./gguf_types.ts";

/** Facts from the header of a GGUF file. */
export interface GgufHeader {
  /** Bytes of the whole file on disk. */
  size: number;
  /** GGUF version: 2 or 3. */
  version: number;
  /** `general.architecture`, such as `llama`. */
  architecture: string;
  /** `general.name`, where the file has one. */
  name?: string;
  /** `general.license`, where the file has one. */
  license?: string;
  /** What most weights are stored as: `Q8_0`, `Q4_K_M`, `F16` ... */
  quantization: string;
  /** `ARCHITECTURE.context_length`: tokens the model was made for, where the file says so. */
  contextLength?: number;
  /** How many tokens the vocabulary has; 0 for none. */
  vocabularySize: number;
  /** How many tensors the file holds. */
  tensorCount: number;
  /** How many weights they hold. */
  parameters: number;
  /** Whether the file brings a chat template. */
  chatTemplate: boolean;
}

/**
 * Reads the header of a GGUF file: a few blocks of it, arrays and long strings skipped.
 *
 * @param path The file.
 * @returns What the header says.
 * @throws {Deno.errors.NotFound} When there is no such file.
 * @throws {Deno.errors.IsADirectory} When it is a folder.
 * @throws {Deno.errors.InvalidData} When it is not a whole GGUF file of version 2 or 3; the
 * message says what it looks like.
 */
export function readGgufHeader(path: string): GgufHeader {
  using file = openModel(path);
  const size = file.statSync().size;
  const cursor = new Cursor(file, size, path);
  checkMagic(cursor, path);
  const version = checkVersion(cursor.u32(), path);
  const tensorCount = cursor.count(MIN_TENSOR_BYTES);
  const metadata = readMetadata(cursor, cursor.count(MIN_ENTRY_BYTES));
  const tensors = readTensors(cursor, tensorCount);

  const alignment = number(metadata.values["general.alignment"]) ?? 32;
  const end = Math.ceil(cursor.position / alignment) * alignment + tensors.end;
  if (size < end) throw truncated(path, size, end);

  const { values } = metadata;
  const architecture = text(values["general.architecture"]);
  if (architecture === undefined) {
    throw invalid(path, "its header lacks 'general.architecture'");
  }
  const name = text(values["general.name"]);
  const license = text(values["general.license"]);
  const contextLength = number(values[`${architecture}.context_length`]);
  return {
    size,
    version,
    architecture,
    ...(name !== undefined && { name }),
    ...(license !== undefined && { license }),
    quantization: FILE_TYPES[number(values["general.file_type"]) ?? -1] ?? tensors.quantization,
    ...(contextLength !== undefined && { contextLength }),
    vocabularySize: metadata.vocabularySize,
    tensorCount,
    parameters: tensors.parameters,
    chatTemplate: metadata.chatTemplate,
  };
}

/**
 * What a file looks like that is not GGUF, by its first bytes.
 *
 * @param head The first bytes of the file, 64 or more where it has them.
 * @returns `undefined` for GGUF, else words that fit after "it looks like".
 */
export function describeNotGguf(head: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(head.subarray(0, 64));
  if (start.startsWith("GGUF")) return undefined;
  if (head.length === 0) return "an empty file";
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) return "a web page";
  if (start.startsWith("version https://git-lfs")) {
    return "a Git LFS pointer, without the file it points to";
  }
  if (/^(lmgg|fmgg|tjgg|algg)/.test(start)) return "an older ggml format, before GGUF";
  if (start.startsWith("PK\x03\x04")) return "a zip archive, as PyTorch checkpoints are";
  // safetensors: a length of 8 bytes, then JSON.
  if (/^[^]{5}\0{3}\{"/.test(start)) return "a safetensors file";
  if (/^\s*[{[]/.test(start)) return "JSON";
  if (head[0] === 0x1f && head[1] === 0x8b) return "a gzip archive";
  return "something else";
}

/** The least that a metadata entry takes: key length, type, a byte. */
const MIN_ENTRY_BYTES = 13;
/** The least that a tensor's entry takes: name length, dimensions, type, offset. */
const MIN_TENSOR_BYTES = 24;
/** How much is read at once; a vocabulary of 50,000 tokens takes about 2 MB. */
const BLOCK_BYTES = 256 * 1024;
/** Keys and the strings that are kept are names; anything longer is skipped. */
const MAX_TEXT_BYTES = 1024;
const UTF8 = new TextDecoder();

function openModel(path: string): Deno.FsFile {
  let isDirectory: boolean;
  try {
    isDirectory = Deno.statSync(path).isDirectory;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(`Cannot read model as there is no such file: ${path}`);
  }
  if (isDirectory) {
    throw new Deno.errors.IsADirectory(
      `Cannot read model as it must be a GGUF file, not a folder: ${path}`,
    );
  }
  return Deno.openSync(path);
}

function checkMagic(cursor: Cursor, path: string): void {
  const looksLike = describeNotGguf(cursor.peek(64));
  if (looksLike) throw invalid(path, `it must be a GGUF file but looks like ${looksLike}`);
  cursor.skip(4);
}

function checkVersion(version: number, path: string): number {
  if (version === 2 || version === 3) return version;
  // A big-endian file has the same magic, and its version's bytes the other way round.
  if (version !== 0 && (version & 0xffff) === 0) {
    throw invalid(path, "it is a big-endian GGUF file, and this machine is little-endian");
  }
  throw invalid(path, `its GGUF version must be 2 or 3: current value is ${version}`);
}

interface Metadata {
  values: { [key: string]: string | number | boolean };
  vocabularySize: number;
  chatTemplate: boolean;
}

function readMetadata(cursor: Cursor, count: number): Metadata {
  const metadata: Metadata = { values: {}, vocabularySize: 0, chatTemplate: false };
  for (let i = 0; i < count; i++) {
    const key = cursor.text() ?? "";
    const type = cursor.u32();
    if (type === VALUE.array) {
      const length = skipArray(cursor);
      if (key === "tokenizer.ggml.tokens") metadata.vocabularySize = length;
      continue;
    }
    if (key === "tokenizer.chat_template") metadata.chatTemplate = true;
    const value = readValue(cursor, type);
    if (value !== undefined) metadata.values[key] = value;
  }
  return metadata;
}

/** The value where it is small and of use; else it is skipped. */
function readValue(cursor: Cursor, type: number): string | number | boolean | undefined {
  switch (type) {
    case VALUE.string:
      return cursor.text();
    case VALUE.u32:
      return cursor.u32();
    case VALUE.u64:
      return cursor.u64();
    default:
      cursor.skip(valueBytes(cursor, type));
      return undefined;
  }
}

function skipArray(cursor: Cursor): number {
  const type = cursor.u32();
  if (type === VALUE.string) {
    const length = cursor.count(8);
    cursor.skipTexts(length);
    return length;
  }
  const bytes = valueBytes(cursor, type);
  const length = cursor.count(bytes);
  cursor.skip(length * bytes);
  return length;
}

function valueBytes(cursor: Cursor, type: number): number {
  const bytes = VALUE_BYTES[type];
  if (!bytes) throw cursor.damaged(`value type ${type}`);
  return bytes;
}

interface Tensors {
  /** Where the last one ends, in bytes from the start of the data. */
  end: number;
  parameters: number;
  /** The type that holds most of the weights. */
  quantization: string;
}

function readTensors(cursor: Cursor, count: number): Tensors {
  let end = 0;
  let parameters = 0;
  const byType = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    cursor.text();
    let elements = 1;
    for (let dimensions = cursor.u32(); dimensions > 0; dimensions--) elements *= cursor.u64();
    const type = cursor.u32();
    const offset = cursor.u64();
    const [name, blockElements, blockBytes] = TENSOR_TYPES[type] ?? [`type ${type}`, 1, 0];
    parameters += elements;
    byType.set(name, (byType.get(name) ?? 0) + elements);
    end = Math.max(end, offset + elements / blockElements * blockBytes);
  }
  let quantization = "unknown";
  let most = 0;
  for (const [name, elements] of byType) {
    if (elements > most) [quantization, most] = [name, elements];
  }
  return { end, parameters, quantization };
}

/** Reads forward through a file in blocks, and never past its end. */
class Cursor {
  readonly #file: Deno.FsFile;
  readonly #size: number;
  readonly #path: string;
  readonly #block: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  /** Where the block stands in the file, and how much of it is filled. */
  #start = 0;
  #filled = 0;
  position = 0;

  constructor(file: Deno.FsFile, size: number, path: string) {
    this.#file = file;
    this.#size = size;
    this.#path = path;
    this.#block = new Uint8Array(Math.min(size, BLOCK_BYTES));
    this.#view = new DataView(this.#block.buffer);
  }

  u32(): number {
    const at = this.#take(4);
    return this.#view.getUint32(at, true);
  }

  u64(): number {
    const at = this.#take(8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** A count of things that take at least `bytes` each. */
  count(bytes: number): number {
    const count = this.u64();
    if (count * bytes > this.#size - this.position) {
      throw truncated(this.#path, this.#size, this.position + count * bytes);
    }
    return count;
  }

  /** A string; `undefined`, skipped, when it is longer than a name. */
  text(): string | undefined {
    const length = this.u64();
    if (length > MAX_TEXT_BYTES) {
      this.skip(length);
      return undefined;
    }
    const at = this.#take(length);
    return UTF8.decode(this.#block.subarray(at, at + length));
  }

  skip(bytes: number): void {
    if (bytes > this.#size - this.position) {
      throw truncated(this.#path, this.#size, this.position + bytes);
    }
    this.position += bytes;
  }

  /** Skips strings: a loop of its own, as a vocabulary has tens of thousands. */
  skipTexts(count: number): void {
    const view = this.#view;
    let at = this.position - this.#start;
    for (let i = 0; i < count; i++) {
      if (at + 8 > this.#filled) {
        this.position = this.#start + at;
        at = this.#take(8);
      }
      const high = view.getUint32(at + 4, true);
      if (high !== 0) throw truncated(this.#path, this.#size, high * 2 ** 32);
      at += 8 + view.getUint32(at, true);
    }
    this.skip(this.#start + at - this.position);
  }

  /** The next bytes, as many as there are up to `bytes`, without moving on. */
  peek(bytes: number): Uint8Array {
    const length = Math.min(bytes, this.#size - this.position);
    const at = this.#take(length);
    this.position -= length;
    return this.#block.subarray(at, at + length);
  }

  damaged(what: string): Error {
    return invalid(
      this.#path,
      `its header is damaged: unknown ${what} before byte ${this.position}`,
    );
  }

  /** Moves on by `bytes`, at most a block; returns where they stand in the block. */
  #take(bytes: number): number {
    const { position } = this;
    this.skip(bytes);
    if (position < this.#start || position + bytes > this.#start + this.#filled) {
      this.#fill(position, bytes);
    }
    return position - this.#start;
  }

  #fill(position: number, bytes: number): void {
    this.#file.seekSync(position, Deno.SeekMode.Start);
    this.#start = position;
    this.#filled = 0;
    while (this.#filled < bytes) {
      const read = this.#file.readSync(this.#block.subarray(this.#filled));
      if (!read) throw truncated(this.#path, position + this.#filled, position + bytes);
      this.#filled += read;
    }
  }
}

function text(value: string | number | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: string | number | boolean | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function truncated(path: string, size: number, needed: number): Error {
  const atLeast = Number.isSafeInteger(needed) && needed < 2 ** 50
    ? `at least ${needed} bytes`
    : "more bytes than any file has";
  return invalid(path, `it is truncated or damaged: it has ${size} bytes and needs ${atLeast}`);
}

function invalid(path: string, rule: string): Error {
  return new Deno.errors.InvalidData(`Cannot read model as ${rule}: ${path}`);
}

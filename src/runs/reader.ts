import { decodeTraces } from "../otlp/json.ts";
import type { RecordResource, RecordScope, SpanRecord } from "../trace/record.ts";
import { reasonOf, requireAccess } from "./_access.ts";
import { RunError } from "./errors.ts";

/** What a run file holds. */
export interface RunContent {
  /** Its spans, in the order of the file, with whatever duplicates it has. */
  records: SpanRecord[];
  /** How many lines were cut off by a crash and skipped: 0 or 1. */
  torn: number;
}

/** What bytes are read from, as `Deno.stdin`. */
export interface Source {
  /** Fills the beginning of a buffer, and says how much; null at the end. */
  read(buffer: Uint8Array): Promise<number | null> | number | null;
}

const NEWLINE = 0x0a;
/** How much is read at a time. */
const CHUNK = 1024 * 1024;
/** A file that says that it is larger is not believed before it is read. */
const MOST_EXPECTED = 1024 * 1024 * 1024;
/** How a line of OTLP/JSON may begin: blank, `{`, or the first byte of a byte order mark. */
const FIRST_BYTES = new Set([0x09, 0x0d, 0x20, 0x7b, 0xef]);

/**
 * Reads a file of OTLP/JSON lines: a run, or what the OpenTelemetry Collector's file
 * exporter wrote. Blank lines are passed over. A last line without its newline, as a crash
 * leaves one, is skipped and counted if it is cut off.
 *
 * @param path The file, or `-` for standard input.
 * @param stdin What `-` stands for.
 * @returns The spans; those of one resource share one object.
 * @throws {RunError} If the file cannot be read, or a line of it is not OTLP/JSON, or none is.
 */
export async function readRun(path: string, stdin: Source = Deno.stdin): Promise<RunContent> {
  if (path === "-") return await readSource(stdin, "stdin");
  let file: Deno.FsFile;
  try {
    requireAccess("read", path);
    file = await Deno.open(path);
  } catch (error) {
    throw new RunError(`Cannot read run '${path}' as it cannot be opened: ${reasonOf(error)}`);
  }
  using _ = file;
  const size = sizeOf(file);
  // There is nothing to do meanwhile, and a disk answers sooner than an event loop.
  const source = size > 0 ? { read: (buffer: Uint8Array) => file.readSync(buffer) } : file;
  return await readSource(source, path, size);
}

async function readSource(source: Source, name: string, size = 0): Promise<RunContent> {
  const content: RunContent = { records: [], torn: 0 };
  const known = new Map<string, RecordResource | RecordScope>();
  const decoder = new TextDecoder();
  let number = 0;
  let decoded = 0;
  const take = (bytes: Uint8Array, whole: boolean) => {
    number++;
    const line = decoder.decode(bytes).trim();
    if (line === "") return;
    try {
      for (const record of decodeTraces(line, known, bytes)) content.records.push(record);
      decoded++;
    } catch (error) {
      if (!whole && line.startsWith("{") && error instanceof SyntaxError) {
        content.torn++;
        return;
      }
      const place = `Cannot read run '${name}:${number}'`;
      throw new RunError(reasonOf(error).replace("Cannot decode OTLP/JSON", () => place));
    }
  };
  await forEachLine(source, name, size, take);
  if (decoded > 0) return content;
  throw new RunError(
    `Cannot read run '${name}' as it holds no line of OTLP/JSON: ` +
      (content.torn > 0 ? "its only line is cut off" : "it is empty"),
  );
}

/** Calls `take` for each line, the last one included if it has no newline (`whole` is false). */
async function forEachLine(
  source: Source,
  name: string,
  expected: number,
  take: (bytes: Uint8Array, whole: boolean) => void,
): Promise<void> {
  let buffer = new Uint8Array(Math.max(CHUNK, expected));
  /** Where the line that is not whole yet begins, and where what was read ends. */
  let [from, end] = [0, 0];
  for (;;) {
    if (end === buffer.length) {
      const isFull = from === 0;
      // A run can be one line of many megabytes: what was read of it is not to be copied often.
      const larger = isFull ? new Uint8Array(4 * buffer.length) : buffer;
      larger.set(buffer.subarray(from));
      [buffer, from, end] = [larger, 0, end - from];
    }
    const size = await read(source, buffer.subarray(end, end + CHUNK), name);
    if (size === null) break;
    const chunk = buffer.subarray(0, end + size);
    for (let to = nextNewline(chunk, end); to >= 0; to = nextNewline(chunk, from)) {
      take(chunk.subarray(from, to), true);
      from = to + 1;
    }
    end = chunk.length;
    // A large file of another kind is not read to its end in search of a newline.
    const first = from < end ? buffer[from] : undefined;
    if (first !== undefined && !FIRST_BYTES.has(first)) break;
  }
  if (from < end) take(buffer.subarray(from, end), false);
  // As large as the file: what comes after reading should not have to wait for a garbage collection.
  buffer.buffer.transfer(0);
}

/** Where the next newline is, or -1: `indexOf()` takes as long to look as a disk to read. */
function nextNewline(chunk: Uint8Array, from: number): number {
  const words = new Int32Array(chunk.buffer, 0, chunk.length >> 2);
  let word = (from + 3) >> 2;
  for (let i = from; i < 4 * word; i++) if (chunk[i] === NEWLINE) return i;
  // Four bytes at a time: a borrow reaches the top bit of a byte only if that is a newline.
  for (; word < words.length; word++) {
    const bytes = (words[word] as number) ^ 0x0a0a0a0a;
    if (((bytes - 0x01010101) & ~bytes & 0x80808080) !== 0) break;
  }
  return chunk.indexOf(NEWLINE, 4 * word);
}

/** How large a file is, and a little more, so that its end is seen without a larger buffer. */
function sizeOf(file: Deno.FsFile): number {
  const { isFile, size } = file.statSync();
  return isFile ? Math.min(size, MOST_EXPECTED) + 1 : 0;
}

async function read(source: Source, buffer: Uint8Array, name: string): Promise<number | null> {
  try {
    return await source.read(buffer);
  } catch (error) {
    throw new RunError(`Cannot read run '${name}' as reading it failed: ${reasonOf(error)}`);
  }
}

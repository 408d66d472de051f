import { type KnownParts, LineDecoder } from "../otlp/json.ts";
import type { SpanRecord } from "../trace/record.ts";
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
const CHUNK = 2 * 1024 * 1024;
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
  // There is nothing to do meanwhile, and a disk answers sooner than an event loop.
  const { isFile, size } = file.statSync();
  const source = isFile ? { read: (buffer: Uint8Array) => file.readSync(buffer) } : file;
  return await readSource(source, path, size);
}

async function readSource(source: Source, name: string, expected = 0): Promise<RunContent> {
  const content: RunContent = { records: [], torn: 0 };
  const known: KnownParts = new Map();
  let line = new LineDecoder(known);
  let number = 1;
  /** Lines of spans, and of other signals. */
  let [decoded, others] = [0, 0];
  const take = (bytes: Uint8Array, end: End) => {
    const size = line.read(bytes, end !== "later");
    if (end === "later") return size;
    try {
      const records = line.end();
      if (records !== undefined) decoded++;
      else if (line.isObject) others++;
      for (const record of records ?? []) content.records.push(record);
    } catch (error) {
      if (end === "newline" || !(error instanceof SyntaxError) || !line.isObject) {
        const place = `Cannot read run '${name}:${number}'`;
        throw new RunError(reasonOf(error).replace("Cannot decode OTLP/JSON", () => place));
      }
      content.torn++;
    }
    number++;
    line = new LineDecoder(known);
    return size;
  };
  await forEachPiece(source, name, expected, take);
  if (decoded > 0) return content;
  throw new RunError(
    `Cannot read run '${name}' as it holds no line of OTLP/JSON: ` +
      (content.torn > 0
        ? "its only line is cut off"
        : others > 0
        ? "it has no traces"
        : "it is empty"),
  );
}

/** Where the line ends that a piece is of: behind it, which a newline tells or the file's end. */
type End = "newline" | "file" | "later";

/** Calls `take` for the pieces of each line; what it does not take comes again, with more. */
async function forEachPiece(
  source: Source,
  name: string,
  expected: number,
  take: (bytes: Uint8Array, end: End) => number,
): Promise<void> {
  // A little more than a small file, so that its end is seen.
  let buffer = new Uint8Array(expected > 0 ? Math.min(expected + 1, CHUNK) : CHUNK);
  /** Where what is not taken yet begins, and where what was read ends. */
  let [from, end] = [0, 0];
  let isBegun = false;
  for (;;) {
    if (end === buffer.length) {
      from += take(buffer.subarray(from), "later");
      isBegun = true;
      const rest = buffer.subarray(from);
      // What is not taken has to become longer at each time.
      if (rest.length > buffer.length / 2) buffer = new Uint8Array(4 * buffer.length);
      buffer.set(rest);
      [from, end] = [0, rest.length];
    }
    const size = await read(source, buffer.subarray(end), name);
    if (size === null) break;
    const chunk = buffer.subarray(0, end + size);
    for (let to = nextNewline(chunk, end); to >= 0; to = nextNewline(chunk, from)) {
      take(chunk.subarray(from, to), "newline");
      from = to + 1;
      isBegun = false;
    }
    end = chunk.length;
    // A large file of another kind is not read to its end in search of a newline.
    if (!isBegun && from < end && !FIRST_BYTES.has(buffer[from] as number)) break;
  }
  if (isBegun || from < end) take(buffer.subarray(from, end), "file");
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

async function read(source: Source, buffer: Uint8Array, name: string): Promise<number | null> {
  try {
    return await source.read(buffer);
  } catch (error) {
    throw new RunError(`Cannot read run '${name}' as reading it failed: ${reasonOf(error)}`);
  }
}

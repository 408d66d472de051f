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

interface Source {
  read(buffer: Uint8Array): Promise<number | null>;
}

const NEWLINE = 0x0a;
/** How a line of OTLP/JSON may begin: blank, `{`, or the first byte of a byte order mark. */
const FIRST_BYTES = new Set([0x09, 0x0d, 0x20, 0x7b, 0xef]);

/**
 * Reads a file of OTLP/JSON lines: a run, or what the OpenTelemetry Collector's file
 * exporter wrote. Blank lines are passed over. A last line without its newline, as a crash
 * leaves one, is skipped and counted if it is cut off.
 *
 * @param path The file, or `-` for standard input.
 * @returns The spans; those of one resource share one object.
 * @throws {RunError} If the file cannot be read, or a line of it is not OTLP/JSON, or none is.
 */
export async function readRun(path: string): Promise<RunContent> {
  if (path === "-") return await readSource(Deno.stdin, "stdin");
  let file: Deno.FsFile;
  try {
    requireAccess("read", path);
    file = await Deno.open(path);
  } catch (error) {
    throw new RunError(`Cannot read run '${path}' as it cannot be opened: ${reasonOf(error)}`);
  }
  using _ = file;
  return await readSource(file, path);
}

async function readSource(source: Source, name: string): Promise<RunContent> {
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
      for (const record of decodeTraces(line, known)) content.records.push(record);
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
  await forEachLine(source, name, take);
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
  take: (bytes: Uint8Array, whole: boolean) => void,
): Promise<void> {
  const buffer = new Uint8Array(256 * 1024);
  let begun: Uint8Array[] = [];
  for (;;) {
    const size = await read(source, buffer, name);
    if (size === null) break;
    const chunk = buffer.subarray(0, size);
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      take(concat([...begun, chunk.subarray(from, to)]), true);
      begun = [];
      from = to + 1;
    }
    if (from < size) begun.push(chunk.slice(from));
    // A large file of another kind is not read to its end in search of a newline.
    const first = begun[0]?.[0];
    if (first !== undefined && !FIRST_BYTES.has(first)) break;
  }
  if (begun.length > 0) take(concat(begun), false);
}

async function read(source: Source, buffer: Uint8Array, name: string): Promise<number | null> {
  try {
    return await source.read(buffer);
  } catch (error) {
    throw new RunError(`Cannot read run '${name}' as reading it failed: ${reasonOf(error)}`);
  }
}

function concat(parts: Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * The root span of a stored start, found without reading the rest of its file.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { requireAccess } from "./_access.ts";

/**
 * The attribute that only coldtrace's own root has, as it stands in a file that coldtrace wrote: no
 * text can hold it, as there its quotes have backslashes before them.
 */
const MARK = '{"key":"coldtrace.engine"';
const LABEL = "coldtrace.label";
const SERIES = "coldtrace.series";
/** One character per byte. */
const BYTES = new TextDecoder("latin1");
/** A string of JSON. */
const STRING = /"(?:[^"\\]|\\.)*"/y;
/** How much is read at first: most roots fit, with the log lines in them. */
const FIRST = 64 * 1024;

/** What tells which starts belong together. */
export interface Tags {
  /** What the user calls them; never empty. */
  readonly label?: string | undefined;
  /** What the starts of one `coldtrace run -n` share. */
  readonly series?: string | undefined;
}

/** The tags of a start, by its root. */
export function tagsOf({ attributes }: SpanRecord): Tags {
  const text = (name: string) => {
    const value = attributes[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return { label: text(LABEL), series: text(SERIES) };
}

/** Whether a span is the root that coldtrace makes of a start. */
export function isRoot({ attributes }: SpanRecord): boolean {
  return typeof attributes["coldtrace.engine"] === "string";
}

/**
 * Reads the root of a run: a file is read from its end, where the root is.
 *
 * @param path the run's file.
 * @returns the last root in it; `undefined` where there is none, as in a start that was broken off,
 * or the file cannot be read.
 */
export async function readRoot(path: string): Promise<SpanRecord | undefined> {
  try {
    requireAccess("read", path);
    using file = Deno.openSync(path);
    const line = lastMarkedLine(file);
    if (line === undefined) return undefined;
    // Who stores runs is here for their tags, and reads none.
    const { decodeTraces } = await import("../otlp/json.ts");
    return rootAmong(decodeTraces(new TextDecoder().decode(line)));
  } catch {
    return undefined;
  }
}

/** The root among spans, if it is there: the earliest, as a start within it has a root of its own. */
export function rootAmong(records: readonly SpanRecord[]): SpanRecord | undefined {
  return records.filter(isRoot)
    .toSorted((a, b) => a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1)[0];
}

/**
 * Reads the tags of a run: they are found in the text of its root, since decoding that with its log
 * lines takes ten times as long, and all runs are asked for their tags.
 *
 * @param path the run's file.
 * @returns its tags; `undefined` where it has no root, or cannot be read.
 */
export function readTags(path: string): Tags | undefined {
  try {
    requireAccess("read", path);
    using file = Deno.openSync(path);
    const line = lastMarkedLine(file);
    if (line === undefined) return undefined;
    const text = new TextDecoder().decode(line);
    return { label: textIn(text, LABEL), series: textIn(text, SERIES) };
  } catch {
    return undefined;
  }
}

/** The text of an attribute, which has its form from `encodeTraces`. */
function textIn(line: string, name: string): string | undefined {
  const before = `{"key":"${name}","value":{"stringValue":`;
  const at = line.lastIndexOf(before);
  if (at < 0) return undefined;
  STRING.lastIndex = at + before.length;
  return JSON.parse(STRING.exec(line)?.[0] ?? "null") || undefined;
}

/** Reads back from the end, twice as much each time, until a line that has the mark is whole. */
function lastMarkedLine(file: Deno.FsFile): Uint8Array | undefined {
  const { size } = file.statSync();
  for (let length = Math.min(FIRST, size);; length = Math.min(2 * length, size)) {
    const tail = readTail(file, size, length);
    const line = markedLine(tail);
    if (line && (line.from > 0 || length === size)) return tail.subarray(line.from, line.to);
    if (length === size) return undefined;
  }
}

/**
 * Finds the last line with the attribute of a root.
 *
 * @param bytes a run file, or the end of one.
 * @returns where the line begins and where its newline, or the end, is.
 */
export function markedLine(bytes: Uint8Array): { from: number; to: number } | undefined {
  const text = BYTES.decode(bytes);
  const at = text.lastIndexOf(MARK);
  if (at < 0) return undefined;
  const to = text.indexOf("\n", at);
  return { from: text.lastIndexOf("\n", at) + 1, to: to < 0 ? text.length : to };
}

function readTail(file: Deno.FsFile, size: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.seekSync(size - length, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) {
    const count = file.readSync(bytes.subarray(done));
    if (count === null) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

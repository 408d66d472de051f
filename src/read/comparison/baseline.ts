/**
 * Starts in a file that can be committed: what they are compared by, run by run.
 *
 * @module
 */
import type { RunVector, VectorRow } from "./vector.ts";

/** The version of the shape of a line. */
const VERSION = 1;

/** One line of a baseline file; durations are in nanoseconds. */
export interface BaselineLine {
  /** Says what the line is, and the version of its shape. */
  coldtrace_vector: 1;
  /** The id of the stored run. */
  run: string;
  /** Its label; null without one. */
  label: string | null;
  /** When it was launched, in nanoseconds since the Unix epoch, as decimal digits. */
  launch_unix_nano: string;
  /** The series that it was a part of, and its number in it; null where it was in none. */
  series: { id: string; number: number } | null;
  /** What it was a start of, and on what, by the names of `coldtrace diff`. */
  identity: Record<string, string>;
  /** Whether it became ready. */
  ready: boolean;
  /** From launch to ready, or to where it ended. */
  total_ns: number;
  /** From launch to the first token; null where that was not seen. */
  first_token_ns: number | null;
  /** There, and true, where it became ready, was asked for a first token, and gave none. */
  unanswered?: true;
  /** Exclusive time on the critical path, by process (null: unattributed) and phase. */
  rows: { process: string | null; phase: string; ns: number }[];
}

/**
 * Writes runs as JSON lines, raw and not as means, always in the same order: by launch, and in each
 * line by name, so that what changes in a repository is what has changed.
 *
 * @param vectors the runs.
 * @returns a line each, ended by a newline.
 */
export function writeBaseline(vectors: readonly RunVector[]): string {
  return vectors
    .toSorted((a, b) => a.launch < b.launch ? -1 : a.launch > b.launch ? 1 : a.run < b.run ? -1 : 1)
    .map((vector) => `${JSON.stringify(lineOf(vector))}\n`).join("");
}

function lineOf(vector: RunVector): BaselineLine {
  const identity = Object.entries(vector.identity).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    coldtrace_vector: VERSION,
    run: vector.run,
    label: vector.label ?? null,
    launch_unix_nano: String(vector.launch),
    series: vector.series ? { id: vector.series.id, number: vector.series.number } : null,
    identity: Object.fromEntries(identity),
    ready: vector.ready,
    total_ns: vector.total,
    first_token_ns: vector.firstToken ?? null,
    ...(vector.unanswered && { unanswered: true }),
    rows: vector.rows.map(({ process, phase, ns }) => ({ process: process ?? null, phase, ns })),
  };
}

/** Whether a text begins as a baseline file does. */
export function isBaseline(text: string): boolean {
  return /^\s*\{\s*"coldtrace_vector"/.test(text);
}

/**
 * Reads a baseline file.
 *
 * @param text its lines; blank ones are passed over.
 * @returns the runs.
 * @throws {TypeError} on a line that is none, with its number and what is wrong.
 */
export function readBaseline(text: string): RunVector[] {
  return text.split("\n").flatMap((line, i) => line.trim() === "" ? [] : [readLine(line, i + 1)]);
}

function readLine(text: string, number: number): RunVector {
  const fail = (rule: string): never => {
    throw new TypeError(`line ${number} ${rule}`);
  };
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    fail("is no JSON");
  }
  if (!isRecord(line)) return fail("must be an object");
  const { coldtrace_vector: version, series, identity, rows, label, first_token_ns: token } = line;
  if (version !== VERSION) fail(`must have coldtrace_vector ${VERSION}`);
  const run = typeof line.run === "string" ? line.run : fail("must have a text 'run'");
  const launch =
    typeof line.launch_unix_nano === "string" && /^\d{1,20}$/.test(line.launch_unix_nano)
      ? BigInt(line.launch_unix_nano)
      : fail("must have digits in 'launch_unix_nano'");
  if (!isRecord(identity) || !Object.values(identity).every((value) => typeof value === "string")) {
    return fail("must have texts in 'identity'");
  }
  if (!isCommand(identity.command)) fail("must have a JSON array as 'command' in 'identity'");
  if (!isDuration(line.total_ns)) {
    return fail("must have a whole number of at least 0 in 'total_ns'");
  }
  if (token !== null && !isDuration(token)) {
    return fail("must have one or null in 'first_token_ns'");
  }
  if (!Array.isArray(rows) || !rows.every(isRow)) {
    return fail("must have a process, a phase and whole 'ns' in each of its 'rows'");
  }
  const isSeries = isRecord(series) && typeof series.id === "string" &&
    typeof series.number === "number";
  return {
    run,
    ...(typeof label === "string" && { label }),
    launch,
    ready: line.ready === true,
    total: line.total_ns,
    ...(token !== null && { firstToken: token }),
    ...(line.unanswered === true && { unanswered: true }),
    ...(isSeries && { series: { id: String(series.id), number: Number(series.number) } }),
    identity: identity as Record<string, string>,
    rows: rows.map(({ process, phase, ns }): VectorRow => ({
      ...(process !== null && { process }),
      phase,
      ns,
    })),
  };
}

function isRow(row: unknown): row is BaselineLine["rows"][number] {
  return isRecord(row) && (row.process === null || typeof row.process === "string") &&
    typeof row.phase === "string" && isDuration(row.ns);
}

function isCommand(command: unknown): boolean {
  if (command === undefined) return true;
  try {
    const args: unknown = JSON.parse(String(command));
    return Array.isArray(args) && args.every((arg) => typeof arg === "string");
  } catch {
    return false;
  }
}

function isDuration(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

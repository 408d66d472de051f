import type { Start } from "../start.ts";
import { textFact } from "./_facts.ts";

/** A line that the engine wrote. */
export interface LogLine {
  readonly text: string;
  readonly timeUnixNano: bigint;
}

/** The lines that were kept of a start's log: those among the root's events, in order of time. */
export function logLines({ root }: Start): LogLine[] {
  const lines: LogLine[] = [];
  for (const { name, attributes, timeUnixNano } of root?.events ?? []) {
    const text = attributes?.["log.body"];
    if (name === "log" && typeof text === "string") lines.push({ text, timeUnixNano });
  }
  return lines;
}

/**
 * Whether vLLM could not load what it had compiled before: the line that says so can be one of those
 * that were left out of a long log.
 */
export function hasLoadFailed(start: Start): boolean {
  return loadFailure(start) !== undefined ||
    textFact(start, "coldtrace.engine.compile_cache") === "load failed";
}

/** Why vLLM could not load what it had compiled before, in its own words; absent where it could. */
export function loadFailure(start: Start): string | undefined {
  for (const { text } of logLines(start)) {
    const [said] = /\bCompiling model again due to a load failure from .*/.exec(text) ?? [];
    if (said !== undefined) return said.trim();
  }
  return undefined;
}

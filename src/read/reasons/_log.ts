import type { Start } from "../start.ts";

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

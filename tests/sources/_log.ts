import { LogPhases } from "../../src/sources/log_phases.ts";
import { VLLM_LOG } from "../../src/sources/profiles/vllm_log.ts";
import type { WitnessSpan } from "../../src/sources/witness.ts";

const encoder = new TextEncoder();
/** A line's text as bytes. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** What stands before a message of vLLM's. */
export const at = (process: string, pid: number): string =>
  `(${process} pid=${pid}) INFO 11-23 10:35:24 [core.py:402] `;

/** A reader that has read lines of vLLM's; the first came at 1 s, the next at 2 s and so on. */
export function logOf(...lines: string[]): LogPhases {
  const log = new LogPhases(VLLM_LOG);
  for (const [index, line] of lines.entries()) {
    log.take("stdout", bytesOf(`${line}\n`), BigInt(index + 1) * 1_000_000_000n);
  }
  return log;
}

/** A span in short: name, process id, and from when to when in seconds; `null` while it is open. */
export function brief({ name, pid, start, end }: WitnessSpan): unknown[] {
  return [name, pid ?? null, Number(start) / 1e9, end === undefined ? null : Number(end) / 1e9];
}

import type { LogProfile } from "../profiles/profile.ts";

/** What a line says, and whose it is. */
export interface LogMessage {
  /** The line without what stands before the message. */
  readonly text: string;
  /** The name of the process, where the line tells it. */
  readonly process?: string | undefined;
  /** Its id. */
  readonly pid?: number | undefined;
}

const MAX_PID = 2 ** 31;

/** Finds the message in a line that has no colours. */
export function messageOf(line: string, { prefix, json }: LogProfile): LogMessage {
  if (json !== undefined && line.startsWith('{"')) {
    const message = jsonMessage(line, json);
    if (message !== undefined) return message;
  }
  const match = prefix?.exec(line);
  if (!match) return { text: line };
  const { process, pid } = match.groups ?? {};
  return { text: line.slice(match[0].length), process, pid: pidOf(pid) };
}

function jsonMessage(
  line: string,
  keys: NonNullable<LogProfile["json"]>,
): LogMessage | undefined {
  let object: Record<string, unknown>;
  try {
    object = JSON.parse(line);
  } catch {
    // Another program's line that begins alike.
    return undefined;
  }
  const { [keys.message]: text, [keys.process]: process, [keys.pid]: pid } = object;
  if (typeof text !== "string") return undefined;
  return { text, process: typeof process === "string" ? process : undefined, pid: pidOf(pid) };
}

function pidOf(value: unknown): number | undefined {
  const pid = Number(value ?? NaN);
  return Number.isInteger(pid) && pid > 0 && pid < MAX_PID ? pid : undefined;
}

import type { SpanRecord } from "../../trace/record.ts";
import type { Start } from "../start.ts";

/** A number among the root's attributes. */
export function numberFact(start: Start, name: string): number | undefined {
  const value = start.root?.attributes[name];
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
}

/** A text among them. */
export function textFact(start: Start, name: string): string | undefined {
  const value = start.root?.attributes[name];
  return typeof value === "string" ? value : undefined;
}

/** A number among a span's attributes; 0 where there is none. */
export function numberOf({ attributes }: SpanRecord, name: string): number {
  const value = attributes[name];
  return typeof value === "number" ? value : 0;
}

/** Whether a process ended by SIGKILL: as itself, or as a shell or a container runtime tells it. */
function isKilled({ attributes }: SpanRecord): boolean {
  const code = attributes["process.exit.code"];
  return attributes["process.exit.signal"] === "SIGKILL" || code === 137 || code === -9;
}

/** What was killed by SIGKILL in a start: the engine itself, else one of its processes. */
export function killedIn({ root, spans }: Start): SpanRecord | undefined {
  return root !== undefined && isKilled(root) ? root : spans.find(isKilled);
}

/** Whether a span is of a phase itself. */
export function isPhase({ attributes }: SpanRecord, ...phases: readonly string[]): boolean {
  const phase = attributes["coldtrace.phase"];
  return typeof phase === "string" && phases.includes(phase);
}

/** Whether the engine is vLLM, by the name that the start or its spans' service has. */
export function isVllm({ engine = "" }: Start): boolean {
  return /^vllm\b/i.test(engine);
}

/** Whether it is llama.cpp. */
export function isLlama({ engine = "" }: Start): boolean {
  return /^llama\b/i.test(engine);
}

/** How long a span took, in nanoseconds, clipped to the start. */
export function durationIn(start: Start, span: SpanRecord): bigint {
  const { startTimeUnixNano: begin, endTimeUnixNano: end = start.end } = span;
  const from = begin > start.launch ? begin : start.launch;
  const to = end < start.end ? end : start.end;
  return to > from ? to - from : 0n;
}

/** What of its limit counts as all: the kernel kills when it cannot take another page. */
const FULL = 0.95;

/**
 * Whether the kernel killed a process of a start for memory: its control group counted an OOM kill, and
 * one of its processes was killed, or the memory of the group had come to its limit.
 */
export function isOutOfMemory(start: Start): boolean {
  const kills = numberFact(start, "coldtrace.cgroup.oom_kills") ?? 0;
  if (kills <= 0) return false;
  if (killedIn(start) !== undefined) return true;
  const peak = numberFact(start, "coldtrace.cgroup.memory_peak") ?? 0;
  const limit = numberFact(start, "coldtrace.cgroup.memory_limit") ?? Infinity;
  return peak >= FULL * limit;
}

/**
 * When nobody in a start used a processor.
 *
 * @module
 */
import { isContainer } from "./partition/forest.ts";
import { samplesOf } from "./samples.ts";
import type { Start } from "./start.ts";

/** A process that used less of a processor than that slept, or waited for something else. */
const ASLEEP = 0.05;

/**
 * Adds up the time in which all processes that were sampled slept.
 *
 * @param start what to read.
 * @returns nanoseconds between launch and the end; 0 where no process was sampled, and nothing of the
 * time of a process that was not.
 */
export function idleTime(start: Start): bigint {
  const length = Number(start.end - start.launch);
  /** Where another one begins to sleep, or to be awake, and where one stops. */
  const changes: { at: number; asleep: number; awake: number }[] = [];
  const add = (from: number, to: number, isAsleep: boolean) => {
    const [asleep, awake] = isAsleep ? [1, 0] : [0, 1];
    if (to <= from) return;
    changes.push({ at: from, asleep, awake }, { at: to, asleep: -asleep, awake: -awake });
  };
  for (const span of start.spans) {
    const from = Number(span.startTimeUnixNano - start.launch);
    const samples = samplesOf(span);
    samples?.at.forEach((at, i) => {
      const before = samples.at[i - 1];
      if (before === undefined) return;
      add(from + before, from + at, (samples.cores[i] as number) < ASLEEP);
    });
    const isProcess = isContainer(span) && span.attributes["coldtrace.source"] === "process";
    if (isProcess && samples === undefined) {
      add(from, Number((span.endTimeUnixNano ?? start.end) - start.launch), false);
    }
  }
  let [idle, asleep, awake, last] = [0, 0, 0, 0];
  for (const change of changes.sort((a, b) => a.at - b.at)) {
    const at = Math.min(Math.max(change.at, 0), length);
    if (asleep > 0 && awake === 0) idle += at - last;
    asleep += change.asleep;
    awake += change.awake;
    last = at;
  }
  return BigInt(Math.round(idle));
}

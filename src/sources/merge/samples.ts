import type { RecordAttributes } from "../../trace/record.ts";
import type { ProcessSample } from "../witness.ts";

const NANO_PER_MS = 1_000_000;
/** Fewer show no course. */
const LEAST = 3;

/**
 * Samples as attributes of the span of their process: three arrays of one length, in which times
 * grow from one to the next. What was seen when its span had ended already counts once, as of its
 * end, as the last look is a little late. Of less than three samples nothing is told.
 *
 * @param samples What there is, in the order of their times.
 * @param start When the span begins: times are told in milliseconds from there.
 * @param end When it ends.
 */
export function samplesBetween(
  samples: readonly ProcessSample[],
  start: bigint,
  end: bigint,
): RecordAttributes {
  const after = samples.findIndex(({ time }) => time >= end);
  const within = after < 0 ? samples : samples.slice(0, after + 1);
  const byTime = new Map(within.map((sample) => {
    const { time } = sample;
    const moment = time < start ? start : time < end ? time : end;
    return [Math.round(Number(moment - start) / NANO_PER_MS), sample];
  }));
  if (byTime.size < LEAST) return {};
  const kept = [...byTime.values()];
  return {
    "coldtrace.process.samples.time_ms": [...byTime.keys()],
    "coldtrace.process.samples.cpu_time_ms": kept.map(({ cpu }) => cpu),
    "coldtrace.process.samples.rss": kept.map(({ rss }) => rss),
  };
}

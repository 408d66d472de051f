import type { WitnessSpan } from "../witness.ts";

/** How much earlier than launch a span can begin because clocks differ: an hour. */
const TOLERANCE = 3_600_000_000_000n;

/**
 * Mends a span whose time is known to be wrong.
 *
 * vLLM up to 0.24 says that its "Dynamo bytecode transform" began in 1970, since it takes a reading
 * of a monotonic clock for a time; how many seconds it took is right
 * (https://github.com/vllm-project/vllm/pull/40698). Where nothing says how long a span took that
 * began long before launch, it is taken to have begun when it ended.
 */
export function repaired(span: WitnessSpan, launch: bigint): WitnessSpan {
  const { start, end, attributes } = span;
  if (start > launch - TOLERANCE) return span;
  const seconds = attributes?.["dynamo.time_seconds"];
  const took = typeof seconds === "number" && seconds > 0 ? BigInt(Math.round(seconds * 1e9)) : 0n;
  const last = end ?? launch;
  return {
    ...span,
    start: last - took,
    end: last,
    attributes: { ...attributes, "coldtrace.repaired": true },
  };
}

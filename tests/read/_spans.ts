import type { RecordAttributes, RecordResource, SpanRecord } from "../../src/trace/record.ts";

/** What a test says of a span; times are in nanoseconds from {@linkcode LAUNCH}. */
export interface Sketch {
  id: string;
  start: number;
  /** Absent: still open. */
  end?: number;
  parent?: string;
  name?: string;
  container?: boolean;
  phase?: string;
  attributes?: RecordAttributes;
  events?: Record<string, number>;
  resource?: RecordResource;
  traceId?: string;
  status?: { code: number; message?: string };
}

/** Time zero of sketches: a time of today, beyond what numbers count exactly. */
export const LAUNCH = 1_795_430_040_123_456_789n;

const RESOURCE: RecordResource = { attributes: { "service.name": "test" } };
const SCOPE = { name: "test" };

/** The resource of a named process. */
export function processResource(name: string): RecordResource {
  return { attributes: { "coldtrace.process": name } };
}

/** A record of a sketch. */
export function span(sketch: Sketch): SpanRecord {
  const at = (time: number) => LAUNCH + BigInt(time);
  return {
    traceId: sketch.traceId ?? "5b8efff798038103d269b633813fc60c",
    spanId: sketch.id,
    ...(sketch.parent !== undefined && { parentSpanId: sketch.parent }),
    flags: 1,
    name: sketch.name ?? sketch.id,
    kind: 1,
    startTimeUnixNano: at(sketch.start),
    ...(sketch.end !== undefined && { endTimeUnixNano: at(sketch.end) }),
    attributes: {
      ...(sketch.container && { "coldtrace.container": true }),
      ...(sketch.phase !== undefined && { "coldtrace.phase": sketch.phase }),
      ...sketch.attributes,
    },
    ...(sketch.events && {
      events: Object.entries(sketch.events)
        .map(([name, time]) => ({ name, timeUnixNano: at(time) })),
    }),
    status: sketch.status ?? { code: 0 },
    resource: sketch.resource ?? RESOURCE,
    scope: SCOPE,
  };
}

/** Numbers in `[0, below)` that are the same in every run. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

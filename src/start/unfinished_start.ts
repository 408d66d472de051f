/**
 * A start that is under way, or that broke off with coldtrace itself: what its processes have told
 * until then. The witnesses are heard when a start is over, and not while the engine has something to
 * do; but what the probe writes is there, and whoever wants to know can read it.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { merge } from "../sources/merge.ts";
import { readProbe } from "../sources/python_probe.ts";
import type { Testimony } from "../sources/witness.ts";
import type { SpanRecord } from "../trace/record.ts";
import { randomSpanId } from "../trace/w3c.ts";
import { PROBE_DIR } from "./probe_dir.ts";

/**
 * Reads what the probe has told of a start.
 *
 * @param root Its root, as it was noted at launch.
 * @param now Until when, in nanoseconds since the Unix epoch; by default until the last thing told.
 * @returns The spans below the root. What has not ended has no end. None, where there is no probe.
 */
export function spansSoFar(root: SpanRecord, now?: bigint): SpanRecord[] {
  const dir = root.attributes[PROBE_DIR];
  if (typeof dir !== "string") return [];
  const testimony = readProbe(dir);
  const [top] = testimony.processes;
  if (top === undefined) return [];
  // What began last has begun before the end.
  const end = now ?? lastOf(testimony, root.startTimeUnixNano) + 1n;
  const spans = merge([testimony], {
    root,
    pid: top.pid,
    name: String(root.attributes["coldtrace.engine"]),
    end,
    resource: root.resource.attributes,
    version: config.version,
    newId: randomSpanId,
  });
  return spans.map((span) => {
    if (span.attributes["coldtrace.open"] !== true) return span;
    const { endTimeUnixNano: _, ...open } = span;
    return open;
  });
}

/** The last moment that is told. */
function lastOf({ processes, spans }: Testimony, launch: bigint): bigint {
  const moments = [
    ...spans.map(({ start, end = start }) => end),
    ...processes.flatMap(({ arrived = launch, exiting = launch }) => [arrived, exiting]),
  ];
  return moments.reduce((last, moment) => moment > last ? moment : last, launch);
}

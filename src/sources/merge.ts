/**
 * One trace of what several witnesses tell of a start.
 *
 * Each process is a container under what its parent was doing when it was born. Within a process,
 * spans stand under each other by time, and what was told twice stands once: the probe is believed
 * before the engine's own exporter, that before the log, and that before the operating system.
 *
 * @module
 */
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";
import { type EndedSpan, foldSpans } from "./merge/fold.ts";
import { innermostAt, type Placed, placeSpans } from "./merge/place.ts";
import { joinProcesses, type KnownProcess } from "./merge/processes.ts";
import { MergedRecords } from "./merge/records.ts";
import { repaired } from "./merge/repair.ts";
import type { Testimony, WitnessSpan } from "./witness.ts";

/** What the witnesses' spans are put under, and up to when. */
export interface MergeOptions {
  /** The root of the start; it began at launch. */
  readonly root: SpanRecord;
  /** The engine's own process, which was launched. */
  readonly pid: number;
  /** What its process is called, where no witness knows better. */
  readonly name: string;
  /** The last moment that counts, in nanoseconds since the Unix epoch: first token, or death. */
  readonly end: bigint;
  /** How the engine ended, if it died before it was ready: what was open then has failed. */
  readonly died?: string | undefined;
  /** Attributes of the resource that are the same in all processes, such as `service.name`. */
  readonly resource: RecordAttributes;
  /** The version of what tells, for the scopes. */
  readonly version: string;
  /** Makes the id of a span, 16 lower-case hexadecimal digits. */
  readonly newId: () => string;
}

/**
 * Makes one trace of what witnesses tell.
 *
 * @param testimonies What they tell, in the order in which they are believed about processes.
 * @param options Where it belongs.
 * @returns The spans below the root, each ended and with one parent among them or the root. Spans
 * of the engine's own exporter keep their ids; those that were made under another trace link to it.
 * What began at `end` or later is left out.
 */
export function merge(testimonies: readonly Testimony[], options: MergeOptions): SpanRecord[] {
  const { root, end, pid } = options;
  const launch = root.startTimeUnixNano;
  const spans = testimonies.flatMap(({ spans }) => spans)
    .map((span) => repaired(span, launch))
    .filter((span) => span.start < end);
  const told = testimonies.flatMap(({ processes }) => processes);
  const processes = joinProcesses(told, spans, { pid, name: options.name, launch });
  const byProcess = Map.groupBy(spans, (span) => span.pid ?? pid);

  const records = new MergedRecords(options);
  const placedIn = new Map<number, readonly Placed[]>();
  for (const process of processes.values()) {
    if (process.born >= end) continue;
    const above = process.parent === undefined ? undefined : processes.get(process.parent);
    const parent = innermostAt(placedIn.get(above?.pid ?? -1) ?? [], momentOf(process));
    records.process(process, { above, parent });
    const own = byProcess.get(process.pid) ?? [];
    const placed = placeSpans(foldSpans(own.map((span) => ended(span, process))), process.pid);
    placedIn.set(process.pid, placed);
    for (const one of placed) records.span(one, process);
  }
  return records.all;

  /** What is open ends with its process. */
  function ended(span: WitnessSpan, { died }: KnownProcess): EndedSpan {
    const isOpen = span.end === undefined;
    const last = span.end ?? (died !== undefined && died < end ? died : end);
    return {
      ...span,
      end: last > span.start ? last : span.start,
      ...(isOpen && { attributes: { ...span.attributes, "coldtrace.open": true } }),
      // A process that is gone did not get to the end of it.
      ...(isOpen && (options.died ?? died) !== undefined && {
        error: span.error ?? options.died ?? "Its process ended",
      }),
    };
  }
}

/** The grain of the system's clock: a process may be up to so much younger than is said. */
const TICK = 10_000_000n;

/** When a process was there for certain, so that what its parent did to start it had begun. */
function momentOf({ born, arrived }: KnownProcess): bigint {
  const latest = born + TICK;
  return arrived !== undefined && arrived < latest ? arrived : latest;
}

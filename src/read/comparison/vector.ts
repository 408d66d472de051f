/**
 * A start as the numbers that starts are compared by.
 *
 * @module
 */
import type { SpanRecord } from "../../trace/record.ts";
import { processOf, rows } from "../rows.ts";
import { isRoot, type Start } from "../start.ts";
import { type Identity, identityOf } from "./identity.ts";

/** What one phase of one process took of a start; durations are in nanoseconds. */
export interface VectorRow {
  /** Who did it; absent where it is unattributed. */
  readonly process?: string;
  /** The phase; `unattributed`, or `unattributed in NAME`. */
  readonly phase: string;
  /** Its exclusive time on the critical path. */
  readonly ns: number;
}

/** What one start says: raw numbers, durations in nanoseconds (exact up to 104 days). */
export interface RunVector {
  /** The id of the stored run; of a trace of others its trace id. */
  readonly run: string;
  /** Its label, if it has one. */
  readonly label?: string;
  /** When it was launched, in nanoseconds since the Unix epoch. */
  readonly launch: bigint;
  /** Whether it became ready; of one that did not, the rest tells how far it came. */
  readonly ready: boolean;
  /** From launch to ready. */
  readonly total: number;
  /** From launch to the first token, if that was seen. */
  readonly firstToken?: number;
  /** True where it became ready, was asked for a first token, and gave none. */
  readonly unanswered?: true;
  /** The series that it was a part of, and its number in it, from 1. */
  readonly series?: { readonly id: string; readonly number: number };
  /** What it was a start of, and on what. */
  readonly identity: Identity;
  /** By process and phase; they sum to `total`. */
  readonly rows: readonly VectorRow[];
}

/**
 * Takes from a start what it is compared by.
 *
 * @param start the start. A trace of others, which does not tell when it was ready, counts as ready
 * at its end. Where processes have no names of their own, those of one service are one: their ids
 * are others in each start.
 * @returns its vector, with rows sorted by process and phase.
 */
export function vectorOf(start: Start): RunVector {
  const { launch, end, firstToken, root } = start;
  const label = root?.attributes["coldtrace.label"];
  const series = seriesOf(root);
  const isForeign = !(root && isRoot(root)) && start.ended === undefined;
  const isUnanswered = start.failure !== undefined && firstToken === undefined;
  return {
    run: start.run ?? start.traceId,
    ...(typeof label === "string" && { label }),
    launch,
    ready: start.ready || isForeign,
    total: Number(end - launch),
    ...(firstToken !== undefined && { firstToken: Number(firstToken - launch) }),
    ...(isUnanswered && { unanswered: true }),
    ...(series && { series }),
    identity: identityOf(root?.attributes ?? {}),
    rows: rowsOf(start),
  };
}

/** One text for a process and a phase. */
export function keyOf({ process, phase }: Pick<VectorRow, "process" | "phase">): string {
  return `${process ?? ""}\0${phase}`;
}

function rowsOf(start: Start): VectorRow[] {
  const steady = steadyNames(start.spans);
  const found = new Map<string, VectorRow>();
  for (const row of rows(start)) {
    const process = row.process && (steady.get(row.process) ?? row.process);
    const phase = row.attributed ? row.phase : row.name;
    const key = keyOf({ ...(process !== undefined && { process }), phase });
    const ns = Number(row.ns) + (found.get(key)?.ns ?? 0);
    found.set(key, { ...(process !== undefined && { process }), phase, ns });
  }
  return [...found].sort(([a], [b]) => a < b ? -1 : 1).map(([, row]) => row);
}

/** What to call processes whose names have their ids in them. */
function steadyNames(spans: readonly SpanRecord[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  // Spans of one process share their resource.
  for (const span of new Map(spans.map((span) => [span.resource, span])).values()) {
    const { attributes } = span.resource;
    const pid = attributes["process.pid"];
    if (typeof pid !== "number" && typeof pid !== "string") continue;
    const name = processOf(span);
    if (name === `process ${pid}`) names.set(name, "process");
    else if (attributes["coldtrace.process"] === undefined) {
      names.set(name, String(attributes["service.name"] ?? "unknown"));
    }
  }
  return names;
}

function seriesOf(root: SpanRecord | undefined): RunVector["series"] {
  const id = root?.attributes["coldtrace.series"];
  const number = root?.attributes["coldtrace.series.number"];
  return typeof id === "string" && typeof number === "number" ? { id, number } : undefined;
}

/**
 * The rows of a start's table.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import { askUpwards } from "./_pedigree.ts";
import { apportion } from "./apportion.ts";
import type { Segment } from "./partition.ts";
import { segmentsOf } from "./segments.ts";
import type { Start } from "./start.ts";

/** What one span name, or one package that was imported, took of a row. */
export interface RowPart {
  /** The name of the span; of an import, the package: `torch`. */
  readonly name: string;
  /** What it took, in nanoseconds. */
  readonly ns: bigint;
}

/** What one phase of one process took of a start, or what nothing explains. */
export interface Row {
  /** The name of the span that stands for the phase; `unattributed`, or `unattributed in NAME`. */
  readonly name: string;
  /** The phase; where no span above has one, its own name; `unattributed`. */
  readonly phase: string;
  /** Who did it, e.g. `engine core`; absent where it is unattributed. */
  readonly process?: string;
  /** The witness, e.g. `tracer` or `process`; absent where it is unattributed. */
  readonly source?: string;
  /** Whether a span explains it. */
  readonly attributed: boolean;
  /** When it first appears, in nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** What it took, in nanoseconds. */
  readonly ns: bigint;
  /** What that is of the whole, in per cent with one decimal, e.g. 12.5. */
  readonly share: number;
  /** What it consists of, the largest part first; their times sum to `ns`. */
  readonly parts: readonly RowPart[];
}

/**
 * Groups the partition of a start by process and phase.
 *
 * @param start what to read.
 * @returns the rows in the order in which they first appear. Their times sum to
 * `start.end - start.launch`, and their shares to 100.0, by largest remainder.
 */
export function rows(start: Start): Row[] {
  const byId = new Map(start.spans.map((span) => [span.spanId, span]));
  const nobody: { span?: SpanRecord } = {};
  const phaseSpan = askUpwards(
    byId,
    (span) => typeof span.attributes["coldtrace.phase"] === "string" ? { span } : undefined,
    nobody,
  );
  const found = new Map<
    string,
    Labels & { start: bigint; ns: bigint; parts: Map<string, bigint> }
  >();
  for (const segment of segmentsOf(start)) {
    const { owner } = segment;
    const labels = owner ? describe(owner, phaseSpan(owner).span ?? owner) : unattributed(segment);
    const key = `${labels.process ?? ""}\0${labels.attributed ? labels.phase : labels.name}`;
    const row = found.get(key) ?? { ...labels, start: segment.start, ns: 0n, parts: new Map() };
    found.set(key, row);
    const ns = segment.end - segment.start;
    row.ns += ns;
    const part = owner ? partOf(owner) : labels.name;
    row.parts.set(part, (row.parts.get(part) ?? 0n) + ns);
  }
  const result = [...found.values()].map((row) => ({ ...row, parts: largestFirst(row.parts) }));
  const tenths = apportion(result.map((row) => row.ns), 1000n);
  return result.map((row, i) => ({ ...row, share: Number(tenths[i]) / 10 }));
}

type Labels = Pick<Row, "name" | "phase" | "process" | "source" | "attributed">;

/** The part of a row that a span belongs to. */
function partOf({ name, attributes }: SpanRecord): string {
  const module = attributes["coldtrace.import.module"];
  return typeof module === "string" ? module.split(".", 1)[0] ?? module : name;
}

function largestFirst(parts: ReadonlyMap<string, bigint>): RowPart[] {
  return [...parts].map(([name, ns]) => ({ name, ns }))
    .sort((a, b) => a.ns === b.ns ? a.name < b.name ? -1 : 1 : a.ns > b.ns ? -1 : 1);
}

function describe(owner: SpanRecord, phase: SpanRecord): Labels {
  const source = owner.attributes["coldtrace.source"];
  return {
    name: phase.name,
    phase: String(phase.attributes["coldtrace.phase"] ?? phase.name),
    process: processOf(owner),
    source: typeof source === "string" ? source : "tracer",
    attributed: true,
  };
}

function unattributed({ container }: Segment): Labels {
  const phase = "unattributed";
  return { name: container ? `${phase} in ${container.name}` : phase, phase, attributed: false };
}

/** What to call the process that a span came from: its name, else its service and pid. */
export function processOf({ resource: { attributes } }: SpanRecord): string {
  const given = attributes["coldtrace.process"];
  if (typeof given === "string") return given;
  const service = attributes["service.name"] ?? "unknown";
  const pid = attributes["process.pid"];
  return pid === undefined ? String(service) : `${service} ${pid}`;
}

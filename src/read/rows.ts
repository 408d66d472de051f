/**
 * The rows of a start's table.
 *
 * @module
 */
import { labeller, type Labels } from "./labels.ts";
import { apportion } from "./apportion.ts";
import { segmentsOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

export { processOf } from "./labels.ts";

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
  return group(start, (labels) => ({
    key: `${labels.process ?? ""}\0${labels.attributed ? labels.phase : labels.name}`,
    part: labels.part,
    labels,
  }));
}

/** By what else than process and phase a start can be grouped. */
export type Grouping = "phase" | "process" | "source" | "package";

/** What stands for the time of spans that import nothing, where it is grouped by package. */
const NO_IMPORT = "not an import";

/**
 * Groups the partition of a start by one thing alone. What is unattributed is one row, whatever it
 * is grouped by: nothing says whose it is.
 *
 * @param start what to read.
 * @param by `phase`: over all processes, consisting of these; `process`, and `source`, the witness:
 * consisting of phases; `package`: what was imported, by the first name of its module, over all
 * processes, consisting of these, and `not an import`, consisting of phases. Modules that belong to
 * no import of their own are their importer's, as the probe tells those of 10 ms and more alone.
 * @returns rows whose `name` and `phase` are what they are grouped by, the largest first. Their
 * times sum to `start.end - start.launch`, and their shares to 100.0.
 */
export function groups(start: Start, by: Grouping): Row[] {
  const found = group(start, (labels) => {
    const { process = "", phase, source = "", attributed, imported } = labels;
    const names: Record<Grouping, [name: string, part: string]> = {
      phase: [phase, process],
      process: [process, phase],
      source: [source, phase],
      package: imported === undefined ? [NO_IMPORT, phase] : [imported, process],
    };
    const [name, part] = attributed ? names[by] : [phase, labels.name];
    return { key: `${attributed} ${name}`, part, labels: { name, phase: name, attributed } };
  });
  return found.sort((a, b) => a.ns === b.ns ? 0 : a.ns > b.ns ? -1 : 1);
}

/** Where a segment belongs. */
interface Place {
  /** Which row. */
  readonly key: string;
  /** Which part of it. */
  readonly part: string;
  /** What the row is called, where it is the first. */
  readonly labels: Pick<Row, "name" | "phase" | "attributed"> & Partial<Row>;
}

type Tally = Omit<Row, "share" | "parts"> & { ns: bigint; readonly parts: Map<string, Part> };
type Part = RowPart & { ns: bigint };

function group(start: Start, placeOf: (labels: Labels) => Place): Row[] {
  const labelsOf = labeller(start);
  const found = new Map<string, Tally>();
  /** What has the same labels belongs together, and is looked for once. */
  const known = new Map<Labels, readonly [Tally, Part]>();
  for (const segment of segmentsOf(start)) {
    const labels = labelsOf(segment);
    let sums = known.get(labels);
    if (sums === undefined) {
      sums = sumsOf(found, placeOf(labels), segment.start);
      known.set(labels, sums);
    }
    const ns = segment.end - segment.start;
    for (const sum of sums) sum.ns += ns;
  }
  const result = [...found.values()].map((row) => ({ ...row, parts: largestFirst(row.parts) }));
  const tenths = apportion(result.map((row) => row.ns), 1000n);
  return result.map((row, i) => ({ ...row, share: Number(tenths[i]) / 10 }));
}

/** The row and the part that belong to a place, from what was found before, or as new ones. */
function sumsOf(
  found: Map<string, Tally>,
  { key, part: name, labels }: Place,
  start: bigint,
): readonly [Tally, Part] {
  let row = found.get(key);
  if (row === undefined) {
    const { name, phase, process, source, attributed } = labels;
    row = {
      name,
      phase,
      ...(process !== undefined && { process }),
      ...(source !== undefined && { source }),
      attributed,
      start,
      ns: 0n,
      parts: new Map(),
    };
    found.set(key, row);
  }
  let part = row.parts.get(name);
  if (part === undefined) {
    part = { name, ns: 0n };
    row.parts.set(name, part);
  }
  return [row, part];
}

function largestFirst(parts: ReadonlyMap<string, Part>): RowPart[] {
  return [...parts.values()]
    .sort((a, b) => a.ns === b.ns ? a.name < b.name ? -1 : 1 : a.ns > b.ns ? -1 : 1);
}

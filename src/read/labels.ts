import type { SpanRecord } from "../trace/record.ts";
import { askUpwards } from "./pedigree.ts";
import type { Segment } from "./partition/partition.ts";
import { byIdOf } from "./partition/segments.ts";
import type { Start } from "./start.ts";

/** What to call a segment, and whom to ask about it. */
export interface Labels {
  /** The name of the span that stands for the phase; `unattributed`, or `unattributed in NAME`. */
  readonly name: string;
  /** The phase; where no span above has one, its own name; `unattributed`. */
  readonly phase: string;
  /** Who did it; absent where it is unattributed. */
  readonly process?: string;
  /** The witness; absent where it is unattributed. */
  readonly source?: string;
  /** Whether a span explains it. */
  readonly attributed: boolean;
  /** What it is by itself: the span's name; of an import, its package. */
  readonly part: string;
  /** Of an import, the package. */
  readonly imported?: string;
}

/** A function that labels the segments of a start: those of one owner with the same object. */
export function labeller(start: Start): (segment: Segment) => Labels {
  const nobody: { span?: SpanRecord } = {};
  const phaseSpan = askUpwards(
    byIdOf(start),
    (span) => typeof span.attributes["coldtrace.phase"] === "string" ? { span } : undefined,
    nobody,
  );
  /** By owner, or else by container. */
  const known = new Map<SpanRecord | undefined, Labels>();
  return (segment) => {
    const { owner, container } = segment;
    let labels = known.get(owner ?? container);
    if (labels === undefined) {
      labels = owner ? describe(owner, phaseSpan(owner).span ?? owner) : unattributed(segment);
      known.set(owner ?? container, labels);
    }
    return labels;
  };
}

function describe(owner: SpanRecord, phase: SpanRecord): Labels {
  const source = owner.attributes["coldtrace.source"];
  const imported = packageOf(owner);
  return {
    name: phase.name,
    phase: String(phase.attributes["coldtrace.phase"] ?? phase.name),
    process: processOf(owner),
    source: typeof source === "string" ? source : "tracer",
    attributed: true,
    part: imported ?? owner.name,
    ...(imported !== undefined && { imported }),
  };
}

function unattributed({ container }: Segment): Labels {
  const phase = "unattributed";
  const name = container ? `${phase} in ${container.name}` : phase;
  return { name, phase, attributed: false, part: name };
}

/** Of an import, the package that it is of: `torch` of `torch._C`. */
function packageOf({ attributes }: SpanRecord): string | undefined {
  const module = attributes["coldtrace.import.module"];
  if (typeof module !== "string") return undefined;
  const dot = module.indexOf(".");
  return dot < 0 ? module : module.slice(0, dot);
}

/** What to call the process that a span came from: its name, else its service and pid. */
export function processOf({ resource: { attributes } }: SpanRecord): string {
  const given = attributes["coldtrace.process"];
  if (typeof given === "string") return given;
  const service = attributes["service.name"] ?? "unknown";
  const pid = attributes["process.pid"];
  return pid === undefined ? String(service) : `${service} ${pid}`;
}

import type {
  RecordAttributes,
  RecordEvent,
  RecordResource,
  RecordScope,
  SpanRecord,
} from "../../trace/record.ts";
import type { EndedSpan } from "./fold.ts";
import type { Placed } from "./place.ts";
import type { KnownProcess } from "./processes.ts";
import { samplesBetween } from "./samples.ts";
import type { MergeOptions } from "../merge.ts";

const INTERNAL = 1;

/** What a record is made of, besides what all have in common. */
interface Parts {
  readonly parentSpanId: string;
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: RecordAttributes;
  readonly resource: RecordResource;
  readonly scope: RecordScope;
  readonly events?: readonly RecordEvent[] | undefined;
  readonly error?: string | undefined;
  readonly ids?: EndedSpan["ids"] | undefined;
}

/** The records of a merged trace, as they come to be. */
export class MergedRecords {
  /** All until now; parents before what stands under them. */
  readonly all: SpanRecord[] = [];
  readonly #options: MergeOptions;
  readonly #resources = new Map<number, RecordResource>();
  readonly #scopes = new Map<string, RecordScope>();
  readonly #processes = new Map<number, string>();
  readonly #placed = new Map<Placed, SpanRecord>();
  readonly #ids = new Set<string>();

  constructor(options: MergeOptions) {
    this.#options = options;
    this.#ids.add(options.root.spanId);
  }

  /** A process: a container, under what the one above it was doing. */
  process(
    process: KnownProcess,
    { above, parent }: { above: KnownProcess | undefined; parent: Placed | undefined },
  ): void {
    const { end, root, died: why } = this.#options;
    const { pid, name, born, arrived, exiting, died, samples = [] } = process;
    const under = parent && this.#placed.get(parent)?.spanId;
    const last = atLeast(born, died !== undefined && died < end ? died : end);
    const common = { resource: this.#resource(process), scope: this.#scope("process") };
    const { spanId: id } = this.#add({
      ...common,
      parentSpanId: under ?? (above && this.#processes.get(above.pid)) ?? root.spanId,
      name: `process ${name}`,
      start: born,
      end: last,
      attributes: {
        "coldtrace.container": true,
        "coldtrace.source": "process",
        "process.pid": pid,
        ...process.attributes,
        ...samplesBetween(samples, born, last),
      },
      error: died === undefined || died >= end ? why : undefined,
    });
    this.#processes.set(pid, id);
    this.#leaf("start", id, born, arrived, common);
    // Its end is seen by and by, so that its last spans can reach beyond it.
    if (exiting !== undefined) this.#leaf("exit", id, exiting, died ?? end, common);
  }

  /** A span of a process. */
  span(placed: Placed, process: KnownProcess): void {
    const { span, parent } = placed;
    const above = parent && this.#placed.get(parent);
    const own = this.#processes.get(process.pid) ?? this.#options.root.spanId;
    const scope = span.scope ?? this.#scope(span.source);
    const { name, start, end, events, error, ids } = span;
    const record = this.#add({
      parentSpanId: above?.spanId ?? own,
      name,
      start,
      end,
      attributes: attributesOf(span, parent?.span),
      resource: this.#resource(process),
      scope,
      events,
      error,
      ids,
    });
    this.#placed.set(placed, record);
  }

  /** What a process does before and after its program is in charge. */
  #leaf(
    what: "start" | "exit",
    parentSpanId: string,
    start: bigint,
    end: bigint | undefined,
    common: Pick<Parts, "resource" | "scope">,
  ): void {
    const last = end !== undefined && end > this.#options.end ? this.#options.end : end;
    if (last === undefined || last <= start) return;
    this.#add({
      ...common,
      parentSpanId,
      name: `process ${what}`,
      start,
      end: last,
      attributes: { "coldtrace.source": "process", "coldtrace.phase": `process_${what}` },
    });
  }

  #add(parts: Parts): SpanRecord {
    const { root, newId } = this.#options;
    const { ids, events = [], error } = parts;
    const taken = ids === undefined || this.#ids.has(ids.spanId);
    const spanId = taken ? newId() : ids.spanId;
    this.#ids.add(spanId);
    const { traceState } = root;
    const isForeign = ids !== undefined && ids.traceId !== root.traceId;
    const record: SpanRecord = {
      traceId: root.traceId,
      spanId,
      parentSpanId: parts.parentSpanId,
      ...(traceState !== undefined && { traceState }),
      flags: root.flags & ~REMOTE,
      name: parts.name,
      kind: INTERNAL,
      startTimeUnixNano: parts.start,
      endTimeUnixNano: parts.end,
      attributes: parts.attributes,
      ...(events.length > 0 && { events: [...events] }),
      ...(isForeign && { links: [{ traceId: ids.traceId, spanId: ids.spanId }] }),
      status: error === undefined ? { code: 0 } : { code: 2, message: error },
      resource: parts.resource,
      scope: parts.scope,
    };
    this.all.push(record);
    return record;
  }

  #resource({ pid, name }: KnownProcess): RecordResource {
    let resource = this.#resources.get(pid);
    if (resource === undefined) {
      const attributes = {
        ...this.#options.resource,
        "process.pid": pid,
        "coldtrace.process": name,
      };
      this.#resources.set(pid, resource = { attributes });
    }
    return resource;
  }

  #scope(source: string): RecordScope {
    let scope = this.#scopes.get(source);
    if (scope === undefined) {
      this.#scopes.set(
        source,
        scope = {
          name: `coldtrace.${source}`,
          version: this.#options.version,
        },
      );
    }
    return scope;
  }
}

/** OTLP span flags: the parent is in another process, which it may be for the root alone. */
const REMOTE = 0x200;

function attributesOf(span: EndedSpan, parent: EndedSpan | undefined): RecordAttributes {
  const { source, phase, kind, where } = span;
  // To collect garbage while waiting explains nothing of what is waited for.
  const isIdle = phase === "gc" && parent !== undefined && isContainer(parent);
  return {
    ...(where !== undefined && { "code.function.name": where.replace(":", ".") }),
    ...span.attributes,
    "coldtrace.source": source,
    ...(phase !== undefined && { "coldtrace.phase": phase }),
    ...((isContainer(span) || isIdle) && { "coldtrace.container": true }),
    ...(kind === "tool" && { "coldtrace.tool": true }),
    ...(kind === "wait" && { "coldtrace.wait": true }),
  };
}

function isContainer({ kind }: EndedSpan): boolean {
  return kind === "wait" || kind === "container";
}

function atLeast(least: bigint, time: bigint): bigint {
  return time > least ? time : least;
}

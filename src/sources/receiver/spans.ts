import type { RecordAttributes, RecordValue, SpanRecord } from "../../trace/record.ts";
import type { EngineProfile } from "../profiles/profile.ts";
import type { Testimony, WitnessProcess, WitnessSpan } from "../witness.ts";

/** OTLP's numbers. */
const SERVER = 2;
const ERROR = 2;
/** Attributes of a resource that say which process it is: OpenTelemetry's, and vLLM's. */
const PIDS = ["process.pid", "vllm.process_id"];
/**
 * Attributes of a resource that tell nothing about its process: the SDK, and the service, which is
 * that of all. A command may hold secrets.
 */
const LEFT_OUT = /^(telemetry\.|service\.name$|process\.(pid|command.*)$|vllm\.process_id$)/;

/** What is known of an engine's spans. */
export type SpanProfile = Pick<
  NonNullable<EngineProfile["otlp"]>,
  "containers" | "requests" | "phases"
>;

/** The engine's own spans, as a witness tells them. */
export class ReceivedSpans {
  readonly #profile: SpanProfile | undefined;
  /** How many bytes of bodies are kept at most. */
  readonly #limit: number;
  readonly #ids = new Set<string>();
  readonly #spans: WitnessSpan[] = [];
  readonly #processes = new Map<number, WitnessProcess>();
  #kept = 0;
  #leftOut = 0;

  constructor(profile: SpanProfile | undefined, limit: number) {
    this.#profile = profile;
    this.#limit = limit;
  }

  /** Takes the spans of a body of so many bytes; those of requests and repeated ones are not kept. */
  add(records: readonly SpanRecord[], size: number): void {
    const added = records.filter((record) => !this.#isOfRequest(record) && !this.#has(record));
    if (added.length === 0) return;
    if (this.#kept + size > this.#limit) {
      this.#leftOut += added.length;
      return;
    }
    this.#kept += size;
    for (const record of added) {
      if (this.#has(record)) continue; // twice in one body
      this.#ids.add(idOf(record));
      this.#spans.push(this.#tell(record));
      this.#know(record.resource.attributes);
    }
  }

  /** What they tell until now. */
  testimony(): Omit<Testimony, "missing"> & { missing: string[] } {
    const missing = this.#leftOut > 0
      ? [`${this.#leftOut} of the engine's own spans were left out, as it sent too many`]
      : [];
    return { processes: [...this.#processes.values()], spans: [...this.#spans], missing };
  }

  #isOfRequest({ kind, name }: SpanRecord): boolean {
    return kind === SERVER || (this.#profile?.requests.includes(name) ?? false);
  }

  /** A sender that got no answer sends the same again. */
  #has(record: SpanRecord): boolean {
    return this.#ids.has(idOf(record));
  }

  #tell(record: SpanRecord): WitnessSpan {
    const { traceId, spanId, parentSpanId, name, attributes, events } = record;
    const phases = this.#profile?.phases ?? {};
    return {
      source: "otlp",
      pid: pidOf(record.resource.attributes),
      name,
      phase: Object.hasOwn(phases, name) ? phases[name] : undefined,
      kind: this.#profile?.containers.includes(name) ? "container" : "work",
      start: record.startTimeUnixNano,
      end: record.endTimeUnixNano,
      where: whereOf(attributes),
      ids: { traceId, spanId, ...(parentSpanId !== undefined && { parentId: parentSpanId }) },
      scope: record.scope,
      attributes,
      ...(events && { events }),
      error: errorOf(record),
    };
  }

  /** The first body of a process tells of it; a pid that is used again is the system's to tell. */
  #know(resource: RecordAttributes): void {
    const pid = pidOf(resource);
    if (pid === undefined || this.#processes.has(pid)) return;
    this.#processes.set(pid, {
      pid,
      name: textOf(resource["vllm.process_name"]),
      attributes: Object.fromEntries(
        Object.entries(resource).filter(([key]) => !LEFT_OUT.test(key)),
      ),
    });
  }
}

/**
 * What is the same only of a span that is sent again. Its ids are not: vLLM seeds the generator that
 * OpenTelemetry's Python takes them from, so its workers make the same ones.
 */
function idOf({ traceId, spanId, startTimeUnixNano, resource }: SpanRecord): string {
  return `${traceId} ${spanId} ${startTimeUnixNano} ${pidOf(resource.attributes)}`;
}

function pidOf(resource: RecordAttributes): number | undefined {
  for (const key of PIDS) {
    const value = resource[key];
    const pid = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0) return pid;
  }
  return undefined;
}

/** The function that a span times, `module:qualname`, as OpenTelemetry's Python packages say it. */
function whereOf(attributes: RecordAttributes): string | undefined {
  const module = textOf(attributes["code.namespace"]);
  const qualname = textOf(attributes["code.function"]);
  return module && qualname && `${module}:${qualname}`;
}

function errorOf({ status, events }: SpanRecord): string | undefined {
  if (status.code !== ERROR) return undefined;
  if (status.message !== undefined) return status.message;
  const exception = events?.findLast(({ name }) => name === "exception")?.attributes ?? {};
  const parts = [exception["exception.type"], exception["exception.message"]].map(textOf);
  return parts.filter((part) => part !== undefined).join(": ") || "error";
}

/** A text that is not empty. */
function textOf(value: RecordValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

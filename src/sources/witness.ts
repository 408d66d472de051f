/**
 * What a source tells of an engine's start, before it is put into the trace.
 *
 * Each witness (the probe inside its Python processes, its own exporter, its log, its answers, the
 * operating system) knows another part and names processes by their ids. `merge.ts` makes one trace
 * of what they say.
 *
 * @module
 */
import type { RecordAttributes, RecordEvent, RecordScope } from "../trace/record.ts";

/** Who tells: the span attribute `coldtrace.source`. */
export type Source = "probe" | "otlp" | "log" | "process" | "readiness";

/**
 * What the time of a span means: `work` explains it, `tool` too, by waiting for a program that it
 * names; `wait` is spent on another process of the engine, and a `container` only holds others.
 * The last two explain nothing by their own time.
 */
export type Kind = "work" | "tool" | "wait" | "container";

/** A span as a witness tells it. Times are in nanoseconds since the Unix epoch. */
export interface WitnessSpan {
  /** Who tells. */
  readonly source: Source;
  /** The process; absent where the witness does not know. */
  readonly pid?: number | undefined;
  /** The thread, where several of one process are told apart. */
  readonly thread?: number | undefined;
  /** What was done. */
  readonly name: string;
  /** The phase, so that engines can be compared. */
  readonly phase?: string | undefined;
  /** What its time means. */
  readonly kind: Kind;
  /** When it began. */
  readonly start: bigint;
  /** When it ended; absent while it is open. */
  readonly end?: bigint | undefined;
  /** The function that it times, `module:qualname`: by it two witnesses mean the same. */
  readonly where?: string | undefined;
  /** Its own identity and parent, where the engine made it as an OpenTelemetry span. */
  readonly ids?: { readonly traceId: string; readonly spanId: string; readonly parentId?: string };
  /** The scope under which the engine made it, where it did. */
  readonly scope?: RecordScope;
  /** Details. */
  readonly attributes?: RecordAttributes;
  /** Points in time. */
  readonly events?: readonly RecordEvent[];
  /** How it ended, if in failure. */
  readonly error?: string | undefined;
}

/** What a process used until a look at it. */
export interface ProcessSample {
  /** When it was looked at, in nanoseconds since the Unix epoch. */
  readonly time: bigint;
  /** Processor time since it was made, of all its threads, user and system, in milliseconds. */
  readonly cpu: number;
  /** Its memory at that moment, resident, in bytes. */
  readonly rss: number;
}

/** A process of an engine, as a witness knows it. */
export interface WitnessProcess {
  /** Its process id. */
  readonly pid: number;
  /** The process that started it. */
  readonly parent?: number | undefined;
  /** What it is called: `EngineCore`, `Worker_TP0`. */
  readonly name?: string | undefined;
  /** When the system made it. */
  readonly born?: bigint | undefined;
  /** When its program began to run: a Python process has come to Python. */
  readonly arrived?: bigint | undefined;
  /** When its program had nothing more to do but to end. */
  readonly exiting?: bigint | undefined;
  /** When it was gone. */
  readonly died?: bigint | undefined;
  /** What it used in the course of time, in the order of their times. */
  readonly samples?: readonly ProcessSample[] | undefined;
  /** Details, for its span. */
  readonly attributes?: RecordAttributes;
}

/** All that one witness has to tell. */
export interface Testimony {
  /** The processes that it knows. */
  readonly processes: readonly WitnessProcess[];
  /** What they did. */
  readonly spans: readonly WitnessSpan[];
  /** Points in time of the whole start, for its root span. */
  readonly events?: readonly RecordEvent[];
  /** Facts about the whole start, for its root span. */
  readonly facts?: RecordAttributes;
  /** What was looked for and not seen, each as one line for people. */
  readonly missing?: readonly string[];
}

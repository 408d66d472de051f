import config from "../../deno.json" with { type: "json" };
import { contextOfRecord, endedAt, newRecord } from "../trace/new_record.ts";
import { unixNano } from "../trace/process.ts";
import type { RecordAttributes, RecordResource, RecordScope, SpanRecord } from "../trace/record.ts";
import type { Context } from "../trace/types.ts";
import type { Outcome } from "./_readiness.ts";
import type { SpanLine, SpanNews } from "./_engine_channel.ts";
import { describeEnd, exitAttributes } from "./exit_status.ts";
import { encodeHello, encodeStarted } from "./_message.ts";
import {
  isLauncherAbove,
  isUplinkOpen,
  type ProcessInfo,
  relayEnd,
  relayHello,
  relayLine,
  relayStart,
} from "./uplink.ts";

const SCOPE: RecordScope = { name: "coldtrace.launch", version: config.version };

/** How many spans are kept; later ones are only passed on. */
const MAX_KEPT = 16_384;

/** How many lines wait to be read. */
const MAX_UNREAD = 1024;

/** How deep spans may stand for their order to count. */
const MAX_DEPTH = 64;

/** How an engine's process ended. */
export interface EngineEnd {
  /** What Deno says. */
  status: Deno.CommandStatus;
  /** When, in nanoseconds since the Unix epoch. */
  time: bigint;
  /** How its start went. */
  outcome: Outcome;
  /** Whether it ended because it was stopped. */
  stopped: boolean;
  /** How many lines of its channel were left out. */
  skipped: number;
}

/** Who hears of the spans of an engine. */
export interface EngineTraceHandlers {
  /** Called with each span that ended, once. */
  onSpan?: ((record: SpanRecord) => void) | undefined;
  /** Called with lines that tell of spans that started, as `started.ts` reads them. */
  onStarted?: ((lines: Uint8Array) => void) | undefined;
}

/** The spans of one engine: they come here, are told once each, and are closed at its end. */
export class EngineTrace {
  readonly #span: ProcessSpan;
  readonly #log = new SpanLog();
  readonly #onSpan: ((record: SpanRecord) => void) | undefined;
  readonly #onStarted: ((line: Uint8Array) => void) | undefined;
  readonly #name: string;
  #pid = 0;
  /** The start of the process, while it has not shown itself. */
  #start: SpanRecord | undefined;
  /** The open spans, when the start failed: what it was doing. */
  #openAtFailure: ReadonlySet<string> | undefined;
  /** What has been passed on, and nobody has asked for yet. */
  #unread: SpanLine[] = [];
  /** Reads the lines of the engine's channel. */
  #read: (line: SpanLine) => SpanNews | undefined = () => undefined;

  constructor(
    name: string,
    command: readonly string[],
    parent: Context,
    { onSpan, onStarted }: EngineTraceHandlers = {},
  ) {
    this.#name = name;
    this.#span = new ProcessSpan(name, command, parent);
    this.#onSpan = onSpan;
    this.#onStarted = onStarted;
  }

  /** What the engine's own spans stand under. */
  get context(): Context {
    return this.#span.context;
  }

  /** All that is known, open spans too. */
  get records(): SpanRecord[] {
    this.#catchUp();
    return this.#log.records;
  }

  /** Lines of a channel will come, which `read` can read. */
  listen(read: (line: SpanLine) => SpanNews | undefined): void {
    this.#read = read;
  }

  /** The engine is about to be spawned. */
  launch(): void {
    this.#span.launch();
  }

  /** The engine's process exists; `willShow`: it has a channel by which to show itself. */
  spawned(pid: number, willShow: boolean): void {
    this.#pid = pid;
    this.#span.spawned(pid);
    this.#log.start(this.#span.record);
    relayStart(this.#span.record);
    this.#onStarted?.(encodeStarted(this.#span.record));
    if (!willShow) return;
    // All that is known of it until then.
    const attributes = { "process.pid": pid, "coldtrace.process": this.#name };
    this.#start = this.#span.start({ attributes });
    this.#log.start(this.#start, pid);
    this.#onStarted?.(encodeStarted(this.#start));
  }

  /** A process of the engine has shown itself. */
  hello(process: ProcessInfo): void {
    relayHello(process);
    this.#onStarted?.(encodeHello(process));
    if (process.pid !== this.#pid || !this.#start) return;
    const { resource, timeOrigin } = process;
    this.#tell(endedAt({ ...this.#start, resource }, timeOrigin), process.pid);
    this.#start = undefined;
  }

  /**
   * A span of a process started or ended. Where nobody here wants to know at once, the line goes
   * up as it is, and is read when somebody asks: in the middle of a start that is cheaper.
   */
  take(line: SpanLine): void {
    if (!line.ended) this.#onStarted?.(line.bytes);
    if (this.#isWanted(line)) return this.#take(line);
    const bytes = line.bytes.slice();
    relayLine(bytes);
    this.#unread.push({ ...line, bytes });
    if (this.#unread.length >= MAX_UNREAD) this.#catchUp();
  }

  /** Whether what a line says is wanted now. */
  #isWanted({ ended }: SpanLine): boolean {
    if (this.#openAtFailure !== undefined) return true;
    if (isUplinkOpen()) return ended && this.#onSpan !== undefined;
    return ended || isLauncherAbove();
  }

  /** Reads a line and hands on what it says, if it is news. */
  #take(line: SpanLine): void {
    const news = this.#read(line);
    if (news === undefined) return;
    const { record, pid } = news;
    if (!line.ended) {
      if (this.#log.start(record, pid)) relayStart(record, pid);
    } else if (!this.#isOwn(record)) {
      this.#tell(record, pid);
    }
  }

  /** Reads what has been passed on. */
  #catchUp(): void {
    const unread = this.#unread;
    this.#unread = [];
    for (const line of unread) {
      const news = this.#read(line);
      if (news === undefined) continue;
      if (!line.ended) this.#log.start(news.record, news.pid);
      else if (!this.#isOwn(news.record)) this.#log.end(news.record);
    }
  }

  /** Whether it is the span that was made here, which no process below ends. */
  #isOwn({ spanId }: SpanRecord): boolean {
    return spanId === this.#span.record.spanId;
  }

  /** The engine is ready, which ends the span of its process. */
  ready(time: bigint, attributes: RecordAttributes): void {
    // A program that never showed itself: how long it took to start is not known.
    if (this.#start) this.#log.forget(this.#start);
    this.#start = undefined;
    this.#tell(this.#span.end(time, attributes, { code: 0 }));
  }

  /**
   * The engine will not be ready. What is open now gets the attribute `coldtrace.open`, though
   * it may still end in the time that the engine is given to stop.
   *
   * @returns The phase that it was in.
   */
  fail(): string | undefined {
    this.#catchUp();
    this.#openAtFailure = new Set(this.#log.openPhases().map(({ spanId }) => spanId));
    return this.#log.openPhase();
  }

  /** The engine has ended, and with it every span that is still open. */
  close({ status, time, outcome, stopped, skipped }: EngineEnd): void {
    this.#catchUp();
    const message = describeEnd(status);
    const own = this.#span.record;
    for (const { record, pid } of this.#log.open().reverse()) {
      if (record === own) continue;
      if (record === this.#start) {
        relayHello({ pid: this.#pid, timeOrigin: time, resource: record.resource });
      }
      const closed = isContainer(record) ? record : markedOpen(record);
      this.#tell({ ...endedAt(closed, time), status: { code: 2, message } }, pid);
    }
    if (own.endTimeUnixNano !== undefined) return;
    const failed = outcome.kind !== "ready" || !(status.success || stopped);
    const attributes: RecordAttributes = exitAttributes(status);
    if (failed) attributes["error.type"] = errorType(outcome, stopped);
    if (skipped > 0) attributes["coldtrace.channel.skipped"] = skipped;
    this.#tell(this.#span.end(time, attributes, failed ? { code: 2, message } : { code: 0 }));
  }

  /** Notes a span that ended and hands it on. `pid` is that of its process, if not ours. */
  #tell(record: SpanRecord, pid?: number): void {
    if (this.#openAtFailure?.has(record.spanId)) record = markedOpen(record);
    if (!this.#log.end(record)) return;
    try {
      this.#onSpan?.(record);
    } catch {
      // Whoever watches must not harm the engine.
    }
    relayEnd(record, pid);
  }
}

function isContainer({ attributes }: SpanRecord): boolean {
  return attributes["coldtrace.container"] === true;
}

/** A span that did not end by itself: a copy that says so. */
function markedOpen(record: SpanRecord): SpanRecord {
  return { ...record, attributes: { ...record.attributes, "coldtrace.open": true } };
}

/** What is known of the spans of one engine: the launcher's own, its processes', open or ended. */
export class SpanLog {
  readonly #records = new Map<string, SpanRecord>();
  /** The spans that have not ended, and the processes they belong to, if not ours. */
  readonly #open = new Map<string, { record: SpanRecord; pid: number | undefined }>();

  /** All that is known, in the order in which it became known; open spans have no end. */
  get records(): SpanRecord[] {
    return [...this.#records.values()];
  }

  /** Notes that a span started in the process `pid`, if not ours. Whether it was news. */
  start(record: SpanRecord, pid?: number): boolean {
    const { spanId } = record;
    // Of what is not kept it cannot be told whether it has ended already.
    if (this.#records.has(spanId) || this.#records.size >= MAX_KEPT) return false;
    this.#open.set(spanId, { record, pid });
    this.#keep(record);
    return true;
  }

  /** Notes that a span ended. Whether it was news: each ends once. */
  end(record: SpanRecord): boolean {
    const { spanId } = record;
    if (!this.#open.delete(spanId) && this.#records.has(spanId)) return false;
    this.#keep(record);
    return true;
  }

  /** Takes back that a span started. */
  forget({ spanId }: SpanRecord): void {
    this.#open.delete(spanId);
    this.#records.delete(spanId);
  }

  /** The open spans, outermost first. */
  open(): { record: SpanRecord; pid: number | undefined }[] {
    return this.#outermostFirst([...this.#open.values()], ({ record }) => record);
  }

  /** What the engine is doing, outermost first; or was, where a process of it has died. */
  openPhases(): SpanRecord[] {
    const doing = this.records.filter((record) =>
      !isContainer(record) &&
      (record.endTimeUnixNano === undefined || record.attributes["coldtrace.open"] === true)
    );
    return this.#outermostFirst(doing, (record) => record);
  }

  /** The phase of the deepest open span: its own or its nearest ancestor's, else its name. */
  openPhase(): string | undefined {
    const deepest = this.openPhases().at(-1);
    if (!deepest) return undefined;
    const phases = [deepest, ...this.#ancestors(deepest)]
      .map(({ attributes }) => attributes["coldtrace.phase"]);
    return phases.find((phase) => typeof phase === "string") ?? deepest.name;
  }

  #keep(record: SpanRecord): void {
    const { spanId } = record;
    if (this.#records.has(spanId) || this.#records.size < MAX_KEPT) {
      this.#records.set(spanId, record);
    }
  }

  #outermostFirst<T>(spans: T[], recordOf: (span: T) => SpanRecord): T[] {
    const depths = new Map(spans.map((span) => [span, this.#ancestors(recordOf(span)).length]));
    const start = (span: T) => recordOf(span).startTimeUnixNano;
    return spans.sort((a, b) =>
      (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || Number(start(a) - start(b))
    );
  }

  /** What a span stands under, nearest first. */
  #ancestors(record: SpanRecord): SpanRecord[] {
    const ancestors: SpanRecord[] = [];
    let parent = this.#records.get(record.parentSpanId ?? "");
    // What processes tell may go in circles, so not for ever.
    while (parent && ancestors.length < MAX_DEPTH) {
      ancestors.push(parent);
      parent = this.#records.get(parent.parentSpanId ?? "");
    }
    return ancestors;
  }
}

/** Why the engine's process ended, in a word: by itself, by a time limit, or as it was told to. */
function errorType({ kind }: Outcome, stopped: boolean): string {
  if (kind === "start-timeout" || kind === "stall-timeout") return kind;
  return kind === "abort" || (kind === "exit" && stopped) ? "stopped" : "exit";
}

/** The span of an engine's process: a container, from its launch to ready. */
export class ProcessSpan {
  /** What the engine's own spans stand under. */
  readonly context: Context;
  #record: SpanRecord;

  /**
   * Begins now, under the span in `parent`, or as the root of a new trace.
   *
   * @param command The program and its arguments, without secrets.
   */
  constructor(name: string, command: readonly string[], parent: Context) {
    this.#record = newRecord(`process ${name}`, parent, {
      scope: SCOPE,
      attributes: {
        "coldtrace.container": true,
        "coldtrace.source": "process",
        "process.command": command[0] ?? "",
        "process.command_args": [...command],
      },
    });
    this.context = contextOfRecord(this.#record, parent);
  }

  /** The span as it is now. */
  get record(): SpanRecord {
    return this.#record;
  }

  /** The process is about to be spawned: what came before was not its start. */
  launch(): void {
    this.#record.startTimeUnixNano = unixNano();
  }

  /** The process exists. */
  spawned(pid: number): void {
    this.#record.attributes["process.pid"] = pid;
  }

  /** Ends it. */
  end(time: bigint, attributes: RecordAttributes, status: SpanRecord["status"]): SpanRecord {
    return this.#record = {
      ...endedAt(this.#record, time),
      attributes: { ...this.#record.attributes, ...attributes },
      status,
    };
  }

  /**
   * The span from the launch to the moment at which the process's own clock begins, when the
   * process will show itself; open, and as if it were made by the process.
   */
  start(resource: RecordResource): SpanRecord {
    const attributes = { "coldtrace.phase": "process_start", "coldtrace.source": "process" };
    const record = newRecord("process start", this.context, { scope: SCOPE, attributes });
    return { ...record, startTimeUnixNano: this.#record.startTimeUnixNano, resource };
  }
}

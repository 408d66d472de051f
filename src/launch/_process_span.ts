import config from "../../deno.json" with { type: "json" };
import { contextOfRecord, endedAt, newRecord } from "../trace/new_record.ts";
import { unixNano } from "../trace/process.ts";
import type { RecordAttributes, RecordResource, RecordScope, SpanRecord } from "../trace/record.ts";
import type { Context } from "../trace/types.ts";
import { redactArgs } from "./_redact.ts";

const SCOPE: RecordScope = { name: "coldtrace.launch", version: config.version };

/** The span of an engine's process: a container, from its launch to ready. */
export class ProcessSpan {
  /** What the engine's own spans stand under. */
  readonly context: Context;
  #record: SpanRecord;

  /** Begins now, under the span in `parent`, or as the root of a new trace. */
  constructor(name: string, command: readonly string[], parent: Context) {
    const args = redactArgs(command);
    this.#record = newRecord(`process ${name}`, parent, {
      scope: SCOPE,
      attributes: {
        "coldtrace.container": true,
        "coldtrace.source": "process",
        "process.command": args[0] ?? "",
        "process.command_args": args,
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

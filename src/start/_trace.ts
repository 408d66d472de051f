import { relayEnd } from "../launch/uplink.ts";
import type { RunWriter } from "../runs/store.ts";
import type { SpanRecord } from "../trace/record.ts";
import { OpenLog } from "./open_log.ts";

/** The files that a trace is stored in. */
export interface OpenRuns {
  /** The id under which the run store has it, if it has; asked after the first write. */
  readonly id?: string | undefined;
  /** Who write them. */
  readonly writers: readonly RunWriter[];
  /** A file for what is open while the start lasts. @default {none} */
  readonly openLog?: string | undefined;
}

/** The spans of one start, on their way. */
export class StartTrace {
  /** What is open. */
  readonly log: OpenLog = new OpenLog();
  readonly #records: SpanRecord[] = [];
  #writers: readonly RunWriter[] | undefined;
  #unwritten: SpanRecord[] = [];

  /** Opens where it is stored, and writes what there is. The id that it is stored under. */
  open(openRuns: (() => OpenRuns) | undefined): string | undefined {
    const runs = openRuns?.();
    this.#writers = runs?.writers ?? [];
    this.write();
    this.log.open(runs?.openLog);
    return runs?.id;
  }

  /**
   * Takes a span that ended; `relay` passes it on where nobody else has. It is written before
   * this turn of the event loop is over, together with those that came by the same bytes.
   */
  take(record: SpanRecord, relay?: (record: SpanRecord) => void): void {
    this.#records.push(record);
    if (this.#unwritten.push(record) === 1) queueMicrotask(() => this.write());
    relay?.(record);
  }

  /** Writes what was taken. */
  write(): void {
    if (this.#unwritten.length === 0 || !this.#writers) return;
    for (const writer of this.#writers) writer.write(this.#unwritten);
    this.#unwritten = [];
  }

  /** Takes the root: nothing comes after it. By default it goes where all spans go. */
  end(root: SpanRecord, relay: (root: SpanRecord) => void = relayEnd): readonly SpanRecord[] {
    this.take(root, relay);
    this.write();
    for (const writer of this.#writers ?? []) writer.close();
    this.log.end();
    return this.#records;
  }
}

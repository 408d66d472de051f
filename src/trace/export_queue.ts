/**
 * The spans that wait for export.
 *
 * @module
 */
import type { Exporter } from "./_exporter.ts";
import { type ExportSettings, exportSettings } from "./export_settings.ts";
import { warn } from "./process.ts";
import type { SpanRecord } from "./record.ts";
import type { Recordable } from "./_state.ts";

/** Spans on their way to a collector. Disposing of it ends its exporter at once. */
export interface ExportQueue<T> extends AsyncDisposable {
  /** Takes one ended span; costs little more than adding to an array. Never throws. */
  push(item: T): void;
  /**
   * Sends what was taken, within `timeout` milliseconds; ends at once where nobody listens.
   * Never rejects.
   */
  flush(timeout: number): Promise<void>;
}

/** Waiting times after the first failure and at most, in milliseconds. */
const BACKOFF = { first: 1_000, most: 30_000 };
/** The longest wait that a collector may ask for, in milliseconds. */
const MAX_ASKED_WAIT = 300_000;

/**
 * Opens the queue of this process: bounded by `OTEL_BSP_MAX_QUEUE_SIZE`, emptied every
 * `OTEL_BSP_SCHEDULE_DELAY`, when a batch is full, and by `flush()`. What is taken is kept as it
 * is until a batch is due; only then is an exporter loaded, and `toRecord` called.
 *
 * @param dropped How many spans found no room before there was a queue.
 * @returns The queue, which never keeps the process alive; none where there is nowhere to export to.
 */
export function openExportQueue(dropped = 0): ExportQueue<Recordable> | undefined {
  const settings = exportSettings();
  if (settings.on) return createExportQueue(settings, (span) => span.toRecord(), dropped);
}

/**
 * Makes a queue.
 *
 * @param settings Where to send, and how much to keep.
 * @param convert Makes the record of an item.
 * @param dropped How many items found no room before there was a queue.
 */
export function createExportQueue<T>(
  settings: ExportSettings,
  convert: (item: T) => SpanRecord,
  dropped = 0,
): ExportQueue<T> {
  return new Queue(settings, convert, warn, dropped);
}

/**
 * Sends records now, for whoever wants to know what became of them.
 *
 * @param records Spans that have ended.
 * @param settings Where to send.
 * @param timeout How long that may take, in milliseconds.
 * @returns How many were sent and, if not all of them, one line that says why.
 */
export async function exportAll(
  records: readonly SpanRecord[],
  settings: ExportSettings,
  timeout: number,
): Promise<{ sent: number; error?: string }> {
  if (!settings.on) {
    return {
      sent: 0,
      error: "Cannot export spans as no endpoint is named: set OTEL_EXPORTER_OTLP_ENDPOINT",
    };
  }
  const lines: string[] = [];
  const unbounded = { ...settings, batch: { ...settings.batch, maxQueueSize: Infinity } };
  await using queue = new Queue<SpanRecord>(
    unbounded,
    (record) => record,
    (line) => lines.push(line),
  );
  for (const record of records) queue.push(record);
  await queue.flush(timeout);
  if (queue.sent >= records.length) return { sent: queue.sent };
  return { sent: queue.sent, error: lines[0] ?? "Cannot export spans" };
}

/** The endpoint without what may be secret in it: user, password and query. */
function displayedEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint)) return "the collector";
  const { protocol, host, pathname } = new URL(endpoint);
  return host === "" ? `${protocol}${pathname}` : `${protocol}//${host}${pathname}`;
}

class Queue<T> implements ExportQueue<T> {
  readonly #settings: ExportSettings;
  readonly #convert: (item: T) => SpanRecord;
  readonly #report: (line: string) => void;
  readonly #items: T[] = [];
  /** The batch that is being sent, or is to be sent again. */
  #batch: SpanRecord[] = [];
  /** The number of items at which there is more to do than to keep one more. */
  #mark = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #exporter: Promise<Exporter> | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  /** How long the collector asked to wait, in milliseconds. */
  #askedWait = 0;
  #dropped: number;
  #isDropReported = false;
  #isOff = false;
  /** How many spans were sent. */
  sent = 0;

  constructor(
    settings: ExportSettings,
    convert: (item: T) => SpanRecord,
    report: (line: string) => void,
    dropped = 0,
  ) {
    this.#settings = settings;
    this.#convert = convert;
    this.#report = report;
    this.#dropped = dropped;
  }

  push(item: T): void {
    if (this.#items.push(item) >= this.#mark) this.#reached();
  }

  async flush(timeout: number): Promise<void> {
    const deadline = performance.now() + timeout;
    let limit: ReturnType<typeof setTimeout> | undefined;
    // This timer is not unreferenced: it is all that keeps the process here until the deadline.
    const expired = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, Math.min(timeout, 2 ** 31 - 1));
    });
    await Promise.race([this.#sendAll(deadline), expired]);
    clearTimeout(limit);
    if (this.#sending !== undefined && this.#failures === 0) {
      this.#reportFailure(`no answer within ${timeout} ms`);
    }
    this.#reportDropped();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#turnOff();
    const exporter = await this.#exporter?.catch(() => undefined);
    await exporter?.close();
  }

  /** The mark was reached: by the first item, a full batch, or one too many. */
  #reached(): void {
    if (this.#isOff) {
      this.#items.length = 0;
    } else if (this.#items.length > this.#settings.batch.maxQueueSize) {
      this.#items.pop();
      this.#dropped++;
    } else {
      this.#plan();
    }
  }

  /** Decides when to send what is here, and at how many items to decide again. */
  #plan(): void {
    const { maxQueueSize, maxExportBatchSize, scheduleDelay } = this.#settings.batch;
    const { length } = this.#items;
    if (this.#failures > 0) this.#sendLater(this.#backoff());
    else if (length >= maxExportBatchSize) this.#sendLater(0);
    else if (length > 0) this.#sendLater(scheduleDelay);
    const isWaiting = this.#failures > 0 || length >= maxExportBatchSize;
    this.#mark = isWaiting ? maxQueueSize + 1 : length > 0 ? maxExportBatchSize : 1;
  }

  /** Sends what is here after `delay`, if the process is still there then. */
  #sendLater(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(0), delay);
    this.#timer.unref();
  }

  /** Sends everything, once whatever is being sent is done with. */
  async #sendAll(deadline: number): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
    if (this.#batch.length + this.#items.length > 0) await this.#start(deadline);
  }

  /** Starts sending. Somebody waits for it until `deadline`; nobody, if that is past. */
  #start(deadline: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#mark = this.#settings.batch.maxQueueSize + 1;
    return this.#sending = this.#send(deadline).catch((error) => {
      if (!this.#isOff) this.#reportFailure(error.message);
      this.#turnOff();
    }).finally(() => {
      this.#sending = undefined;
      this.#reportDropped();
      if (!this.#isOff) this.#plan();
    });
  }

  /** Sends what is here now, batch by batch. */
  async #send(deadline: number): Promise<void> {
    this.#exporter ??= import("./otel.ts").then((otel) => otel.openExporter(this.#settings));
    const exporter = await this.#exporter;
    let left = this.#items.length;
    while (!this.#isOff && (this.#batch.length > 0 || left > 0)) {
      if (this.#batch.length === 0) {
        left -= this.#settings.batch.maxExportBatchSize;
        this.#batch = this.#take();
        if (this.#batch.length === 0) continue;
      }
      const outcome = await exporter.send(this.#batch, performance.now() < deadline);
      if (exporter.broken !== undefined) throw new Error(exporter.broken);
      this.sent += outcome.sent;
      if (outcome.error !== undefined && this.#failures === 0) this.#reportFailure(outcome.error);
      if (outcome.retry !== true) {
        this.#batch = [];
        this.#failures = 0;
        continue;
      }
      this.#failures++;
      this.#askedWait = Math.min(outcome.wait ?? 0, MAX_ASKED_WAIT);
      const wait = this.#backoff();
      if (outcome.absent === true || performance.now() + wait > deadline) return;
      await new Promise<void>((resolve) => setTimeout(resolve, wait).unref());
    }
  }

  /** The next batch, as records. */
  #take(): SpanRecord[] {
    const records: SpanRecord[] = [];
    for (const item of this.#items.splice(0, this.#settings.batch.maxExportBatchSize)) {
      try {
        records.push(this.#convert(item));
      } catch (error) {
        this.#report(`Cannot export a span: ${(error as Error).message}`);
      }
    }
    return records;
  }

  /**
   * How long to wait before the next attempt: what the collector asked for, else doubled each
   * time, give or take a fifth.
   */
  #backoff(): number {
    if (this.#askedWait > 0) return this.#askedWait;
    const delay = Math.min(BACKOFF.first * 2 ** (this.#failures - 1), BACKOFF.most);
    return delay * (0.8 + 0.4 * Math.random());
  }

  #turnOff(): void {
    this.#isOff = true;
    this.#items.length = 0;
    this.#batch = [];
    this.#mark = 1;
    clearTimeout(this.#timer);
  }

  #reportFailure(reason: string): void {
    const where = this.#settings.exporter === "console"
      ? "stderr"
      : displayedEndpoint(this.#settings.endpoint);
    const line = reason.replaceAll(/\s+/g, " ").trim();
    this.#report(`Cannot export spans to ${where}: ${line}`);
  }

  #reportDropped(): void {
    if (this.#dropped === 0 || this.#isDropReported) return;
    this.#isDropReported = true;
    const { maxQueueSize } = this.#settings.batch;
    this.#report(
      `Dropped ${this.#dropped} spans so far, as ${maxQueueSize} were waiting for export ` +
        "(OTEL_BSP_MAX_QUEUE_SIZE)",
    );
  }
}

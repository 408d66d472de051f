import { unixNano } from "../trace/process.ts";
import type { RecordAttributes } from "../trace/record.ts";
import type { ReadyProbe } from "./types.ts";
import { TextLines } from "./_engine_output.ts";

/** How a start can go. The first to happen is the one that counts. */
export type Outcome =
  | { kind: "ready"; time: bigint; attributes: RecordAttributes }
  | { kind: "exit" | "start-timeout" | "stall-timeout" }
  | { kind: "abort"; reason: unknown };

/** What decides whether an engine is ready. */
export interface ReadinessOptions {
  /** How to ask it. */
  probe?: ReadyProbe | undefined;
  /** Whether it may say so itself. */
  channel: boolean;
  /** Milliseconds from launch. */
  startTimeout?: number | undefined;
  /** Milliseconds from the last sign of life. */
  stallTimeout?: number | undefined;
}

/**
 * The race to ready: between what says that the engine is ready, its end, two time limits and
 * the caller's abort. It has one winner, and leaves neither timer nor listener behind.
 */
export class Readiness {
  /** Whether there is anything to wait for; without it an engine is ready at once. */
  readonly hasCriterion: boolean;
  /** Settles with the first thing that happens; never rejects. */
  readonly outcome: Promise<Outcome>;
  /** What went wrong when the engine was last asked. */
  lastError: unknown = undefined;
  readonly #resolve: (outcome: Outcome) => void;
  /** Ends everything that waits. */
  readonly #over = new AbortController();
  readonly #lines: TextLines[] = [];
  #line: RegExp | undefined;
  #lastLife = performance.now();

  constructor(options: ReadinessOptions) {
    const { probe } = options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.hasCriterion = options.channel || probe !== undefined;
    if (!this.hasCriterion) {
      this.ready();
      return;
    }
    this.#limit(options.startTimeout, () => 0, "start-timeout");
    this.#limit(options.stallTimeout, () => this.#lastLife, "stall-timeout");
    if (probe === undefined) return;
    if (typeof probe === "object" && "line" in probe) {
      // `g` and `y` would make it remember where the line before ended.
      this.#line = new RegExp(probe.line.source, probe.line.flags.replace(/[gy]/g, ""));
      return;
    }
    poll(probe, this.#over.signal, {
      ready: () => this.ready(),
      changed: () => this.alive(),
      failed: (error) => this.lastError = error,
    });
  }

  /** The engine said that it is ready, or somebody found out. */
  ready(time?: bigint, attributes: RecordAttributes = {}): void {
    this.settle({ kind: "ready", time: time ?? unixNano(), attributes });
  }

  /** The engine gave a sign of life. */
  alive(): void {
    this.#lastLife = performance.now();
  }

  /** A watcher of one of the engine's output streams, if its lines can tell that it is ready. */
  watchLines(): TextLines | undefined {
    const line = this.#line;
    if (!line) return undefined;
    const lines = new TextLines((text) => line.test(text) && this.ready());
    this.#lines.push(lines);
    return lines;
  }

  /** Ends the race, unless it has ended. */
  settle(outcome: Outcome): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    for (const lines of this.#lines) lines.stop();
    this.#resolve(outcome);
  }

  /** Settles with `kind` once `limit` milliseconds have passed since `since()`. */
  #limit(
    limit: number | undefined,
    since: () => number,
    kind: "start-timeout" | "stall-timeout",
  ): void {
    if (limit === undefined || limit === Infinity) return;
    const begin = performance.now();
    const wait = () => Math.max(begin, since()) + limit - performance.now();
    // One timer that looks again, since a busy engine gives signs of life by the thousand.
    const look = () => {
      const left = wait();
      if (left <= 0) this.settle({ kind });
      else timer = setTimeout(look, Math.ceil(left));
    };
    let timer = setTimeout(look, limit);
    this.#over.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }
}

/** How often a URL or function is asked, in milliseconds. */
const INTERVAL = 100;
/** How long one answer of a URL may take, in milliseconds. */
const TRY_LIMIT = 2000;
/** How much of an answer's body is compared with the one before, in bytes. */
const COMPARED = 1024;

/** What came back from asking whether an engine is ready. */
interface Answer {
  readonly ready: boolean;
  /** What it said, to be compared with the answer before. */
  readonly text: string;
  /** Why there was no answer. */
  readonly error?: unknown;
}

/** What is done with answers. */
export interface ProbeHandlers {
  /** The engine is ready. */
  ready(): void;
  /** The answer was another than the one before. */
  changed(): void;
  /** There was no answer. */
  failed(error: unknown): void;
}

/** Asks until the answer is yes or `signal` says that nobody wants to know any more. */
export async function poll(
  probe: Exclude<ReadyProbe, { line: RegExp }>,
  signal: AbortSignal,
  handlers: ProbeHandlers,
): Promise<void> {
  const interval = typeof probe === "function" ? INTERVAL : probe.interval ?? INTERVAL;
  let before: string | undefined;
  while (!signal.aborted) {
    const answer = await ask(probe, signal);
    if (signal.aborted) return;
    if (answer.ready) return handlers.ready();
    if (answer.error !== undefined) handlers.failed(answer.error);
    if (before !== undefined && before !== answer.text) handlers.changed();
    before = answer.text;
    await pause(interval, signal);
  }
}

async function ask(
  probe: Exclude<ReadyProbe, { line: RegExp }>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    if (typeof probe !== "function") return await get(probe.url, signal);
    return { ready: await probe(signal) === true, text: "" };
  } catch (error) {
    // Before it is ready an engine refuses, resets, or does not answer in time.
    return { ready: false, text: String(error), error };
  }
}

async function get(url: string | URL, signal: AbortSignal): Promise<Answer> {
  const attempt = new AbortController();
  const stop = () => attempt.abort(signal.reason);
  const timer = setTimeout(
    () => attempt.abort(new DOMException("No answer in time", "TimeoutError")),
    TRY_LIMIT,
  );
  signal.addEventListener("abort", stop, { once: true });
  try {
    const response = await fetch(url, {
      signal: attempt.signal,
      redirect: "manual",
      // A connection kept for the next time would hold up the engine's own shutdown.
      headers: { connection: "close" },
    });
    const text = response.ok ? "" : await bodyStart(response);
    await response.body?.cancel();
    return { ready: response.ok, text: `${response.status} ${text}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

async function bodyStart(response: Response): Promise<string> {
  let text = "";
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  while (reader && text.length < COMPARED) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader?.releaseLock();
  return text.slice(0, COMPARED);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}

/**
 * Finds out from outside when an engine is ready.
 *
 * @module
 */
import { unixNano } from "../trace/process.ts";
import type { RecordEvent } from "../trace/record.ts";
import { redactText } from "../trace/redact.ts";
import { ask } from "./http/ask.ts";
import { reasonOf, REFUSED } from "./http/reason.ts";
import type { Testimony } from "./witness.ts";

/** What is asked, and how often. */
export interface ReadinessWatchOptions {
  /** The URL that answers with 200 to 299 once the engine is ready, of http or https. */
  readonly url: string;
  /** Milliseconds between an answer, or the lack of one, and the next question. @default {40} */
  readonly interval?: number;
}

/** A watch for an engine to be ready. */
export interface ReadinessWatch {
  /**
   * When the first answer that says so came, in nanoseconds since the Unix epoch. It never rejects,
   * and does not settle if that is never, or once the watch is stopped.
   */
  readonly ready: Promise<bigint>;
  /**
   * Waits until a question comes to something else than a refused connection, or the watch is over;
   * never rejects.
   */
  listens(): Promise<void>;
  /**
   * What was seen until now: an event `readiness` for each change, with what it came to in
   * `coldtrace.readiness.state`: `connection refused`, `no answer`, `503`, `200`.
   */
  testimony(): Testimony;
  /** Asks no more. */
  stop(): void;
}

/**
 * How much later than the engine itself we know that it is ready, at most, in milliseconds. A
 * question that is refused took 0.7 ms of processor time in a virtual machine, of which 0.3 are any
 * timer's: 1.7 % of a core.
 */
const INTERVAL = 40;
/**
 * How long is waited for an answer, in milliseconds: at first, and at most. Who does not answer is
 * given twice the time before, as each attempt takes a place in the queue of a server that has
 * begun to listen and does not accept yet.
 */
const FIRST_TIMEOUT = 5_000;
const LAST_TIMEOUT = 60_000;
/** How much of an answer is read, in bytes; a server that is not read from to its end may complain. */
const MOST_READ = 65_536;
/** How many changes are kept of a server that cannot make up its mind. */
const MOST_CHANGES = 100;

/**
 * Asks an engine whether it is ready, until it is, and never again.
 *
 * There is one question at a time, on a connection that is closed after it. Redirects are not
 * followed, proxies not used. The addresses `0.0.0.0` and `::` are asked at loopback, where any
 * certificate is taken.
 *
 * @throws {TypeError} Where `url` is none of http or https.
 */
export function watchReadiness(options: ReadinessWatchOptions): ReadinessWatch {
  const { url, interval = INTERVAL } = options;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(
      `Cannot watch readiness as 'url' must be one of http or https: current value is ${
        redactText(url)
      }`,
    );
  }
  return new Watch(parsed, interval);
}

class Watch implements ReadinessWatch {
  readonly ready: Promise<bigint>;
  readonly #url: URL;
  readonly #interval: number;
  readonly #over = new AbortController();
  readonly #events: RecordEvent[] = [];
  readonly #waiting: (() => void)[] = [];
  #state: string | undefined;
  #isReady = false;

  constructor(url: URL, interval: number) {
    this.#url = url;
    this.#interval = interval;
    const { promise, resolve } = Promise.withResolvers<bigint>();
    this.ready = promise;
    this.#poll(resolve);
  }

  stop(): void {
    this.#over.abort();
    this.#goOn();
  }

  listens(): Promise<void> {
    if (this.#isReady || this.#over.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  testimony(): Testimony {
    const url = redactText(this.#url.href);
    return {
      processes: [],
      spans: [],
      events: [...this.#events],
      ...(!this.#isReady && {
        missing: [`No answer of ${url} said ready; the last was '${this.#state ?? "none"}'`],
      }),
    };
  }

  async #poll(resolve: (at: bigint) => void): Promise<void> {
    const { signal } = this.#over;
    for (let timeout = FIRST_TIMEOUT; !signal.aborted;) {
      const begin = unixNano();
      try {
        const answer = await ask({ url: this.#url, timeout, most: MOST_READ, signal });
        this.#isReady = answer.status >= 200 && answer.status < 300;
        this.#saw(String(answer.status), answer.at);
        if (this.#isReady) return resolve(answer.at);
        timeout = FIRST_TIMEOUT;
      } catch (error) {
        if (signal.aborted) return;
        const reason = reasonOf(error);
        this.#saw(reason, begin);
        if (reason === "no answer") timeout = Math.min(timeout * 2, LAST_TIMEOUT);
      }
      await pause(this.#interval, signal);
    }
  }

  #saw(state: string, timeUnixNano: bigint): void {
    if (state !== REFUSED) this.#goOn();
    if (state === this.#state) return;
    this.#state = state;
    if (this.#events.length >= MOST_CHANGES && !this.#isReady) return;
    const attributes = { "coldtrace.readiness.state": state };
    this.#events.push({ timeUnixNano, name: "readiness", attributes });
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Waits `ms` milliseconds, or until `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

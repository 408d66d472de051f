import { unixNano } from "../trace/process.ts";
import type { RecordAttributes } from "../trace/record.ts";
import type { ReadyProbe } from "./engine.ts";
import { poll } from "./_probe.ts";
import { TextLines } from "./_output.ts";

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

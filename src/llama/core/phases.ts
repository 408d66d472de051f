import { contextWithSpan } from "../../trace/context.ts";
import type { Attributes, Context, Span, Tracer } from "../../trace/types.ts";
import { tracePhase } from "../phase.ts";
import type { Progress } from "../protocol.ts";

/** Runs one phase of a start after another: as a span, and told to whoever shows progress. */
export class Phases {
  readonly #tracer: Tracer;
  readonly #parent: Context;
  readonly #onProgress: (progress: Progress) => void;
  /** What the parts of the running phase stand under. */
  #running: Context;
  /** The phase that is over, and when it was. */
  #over: { span: Span; time: number } | undefined;

  constructor(tracer: Tracer, parent: Context, onProgress: (progress: Progress) => void) {
    this.#tracer = tracer;
    this.#parent = parent;
    this.#running = parent;
    this.#onProgress = onProgress;
  }

  /**
   * Runs `fn` as the phase.
   *
   * Its span ends when `fn` has; but its launcher hears of that together with the start of the next
   * one, at once in a row of phases: to be woken twice for each costs the start more than to trace.
   */
  run<T>(
    name: string,
    phase: string,
    fn: (span: Span) => T | Promise<T>,
    attributes?: Attributes,
  ): Promise<T> {
    this.end();
    this.#onProgress({ phase });
    const options = { attributes: { "coldtrace.phase": phase, ...attributes } };
    return tracePhase(this.#tracer, this.#parent, [name, options], (span) => {
      this.#running = contextWithSpan(this.#parent, span);
      return fn(span);
    }, (span) => this.#over = { span, time: performance.now() });
  }

  /** Tells of the end of the last phase: there is no other right after it. */
  end(): void {
    this.#over?.span.end(this.#over.time);
    this.#over = undefined;
  }

  /** Adds a part of the running phase that was noticed afterwards, if both its ends were. */
  part(
    name: string,
    from: number | undefined,
    to: number | undefined,
    attributes: Attributes = {},
  ): void {
    if (from === undefined || to === undefined || to < from) return;
    this.#tracer.startSpan(name, { startTime: from, attributes }, this.#running).end(to);
  }

  /** Tells how far the phase is. */
  progress(phase: string, fraction: number): void {
    this.#onProgress({ phase, fraction });
  }
}

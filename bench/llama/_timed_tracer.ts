import type {
  Attributes,
  AttributeValue,
  Context,
  Span,
  SpanOptions,
  Tracer,
} from "../../src/trace/types.ts";

/** What stands for a span where there is no tracer. */
const NO_SPAN = {
  setAttribute: () => NO_SPAN,
  setAttributes: () => NO_SPAN,
  spanContext: () => ({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 }),
  isRecording: () => false,
  end: () => {},
} as unknown as Span;

/**
 * The tracer of the engine's own code in a bench: keeps how long the work of each phase took, its
 * span included. Without a tracer below it the work runs bare.
 */
export class TimedTracer implements Pick<Tracer, "startSpan" | "withSpan"> {
  /** Milliseconds by the name of the span. */
  readonly times: Record<string, number> = {};
  readonly #tracer: Tracer | undefined;
  readonly #onTime: ((name: string) => void) | undefined;

  constructor(tracer?: Tracer, onTime?: (name: string) => void) {
    this.#tracer = tracer;
    this.#onTime = onTime;
  }

  /** As the engine takes it: it asks for no more than there is. */
  get tracer(): Tracer {
    return this as unknown as Tracer;
  }

  withSpan<T>(name: string, fn: (span: Span) => T): T;
  withSpan<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
  withSpan<T>(
    name: string,
    given: SpanOptions | ((span: Span) => T),
    fn: (span: Span) => T = given as (span: Span) => T,
  ): T {
    const options = typeof given === "function" ? {} : given;
    const began = performance.now();
    const result = this.#tracer ? this.#tracer.withSpan(name, options, fn) : fn(NO_SPAN);
    const note = () => {
      this.times[name] = performance.now() - began;
      this.#onTime?.(name);
    };
    if (result instanceof Promise) result.then(note, note);
    else note();
    return result;
  }

  /** A phase of the engine's, or a part that was noticed afterwards: then its times are given. */
  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const began = Number(options?.startTime ?? performance.now());
    const span = this.#tracer?.startSpan(name, options, context) ?? NO_SPAN;
    const end = (time?: unknown) => {
      span.end(time as number | undefined);
      this.times[name] = Number(time ?? performance.now()) - began;
      this.#onTime?.(name);
    };
    return {
      setAttribute: (key: string, value: AttributeValue) => span.setAttribute(key, value),
      setAttributes: (attributes: Attributes) => span.setAttributes(attributes),
      spanContext: () => span.spanContext(),
      isRecording: () => span.isRecording(),
      end,
    } as unknown as Span;
  }
}

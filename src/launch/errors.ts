import type { EngineStartErrorOptions, EngineStartErrorReason } from "./types.ts";

/**
 * An engine did not become ready: its process ended first, or a time limit passed.
 *
 * By the time it is thrown, nothing of the engine is left running.
 *
 * @example Telling why a start failed
 * ```ts
 * import { EngineStartError } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new EngineStartError("Cannot start engine as 'vllm' exited with code 1", {
 *   reason: "exit",
 *   phase: "weights",
 * });
 *
 * assertEquals(error.reason, "exit");
 * assertEquals(error.phase, "weights");
 * assertEquals(error.stderrTail, "");
 * ```
 */
export class EngineStartError extends Error {
  /** The name of the error. */
  override readonly name: string = "EngineStartError";
  /**
   * Why: its process ended (`exit`), it was not ready in time (`start-timeout`), or it gave no
   * sign of life for too long (`stall-timeout`).
   */
  readonly reason: EngineStartErrorReason;
  /** How its process ended, after a time limit by our own signals. */
  readonly status?: Deno.CommandStatus;
  /**
   * What it was doing: the `coldtrace.phase` of its deepest open span, or that span's name.
   * Absent where it told of no span.
   */
  readonly phase?: string;
  /** The last lines of its stderr, at most 8,192 bytes; empty unless `stderr` is `"piped"`. */
  readonly stderrTail: string;

  /**
   * Makes the error.
   *
   * @param message What happened.
   * @param options The reason, and what is known of the engine's end.
   */
  constructor(message: string, options: EngineStartErrorOptions) {
    super(message, options);
    this.reason = options.reason;
    if (options.status) this.status = options.status;
    if (options.phase !== undefined) this.phase = options.phase;
    this.stderrTail = options.stderrTail ?? "";
  }
}

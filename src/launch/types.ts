/**
 * The shapes of a launch, seen from either end. A file of its own, since what has only types is not
 * loaded.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import type { Attributes, Context } from "../trace/types.ts";

/**
 * How to find out that an engine is ready:
 *
 * - `url`: an HTTP GET of it answers with success (200 to 299; redirects are not followed), asked
 *   every `interval` milliseconds (100 by default), each time for at most 2 seconds;
 * - `line`: a line of its output matches, on whichever of `stdout` and `stderr` is read here:
 *   those that are `"piped"`, and stdout with a `channel`;
 * - a function that is asked every 100 ms until it resolves with `true`. What it throws counts
 *   as a no; `signal` aborts when nobody waits for its answer any more.
 */
export type ReadyProbe =
  | { url: string | URL; interval?: number }
  | { line: RegExp }
  | ((signal: AbortSignal) => Promise<boolean>);

/** How to launch an engine. */
export interface LaunchEngineOptions {
  /** Arguments of the program. @default {[]} */
  args?: string[];
  /** Folder to run it in; ours by default. */
  cwd?: string | URL;
  /**
   * Variables that it gets on top of ours. `TRACEPARENT`, `TRACESTATE` and `BAGGAGE` are left
   * out: they are its own.
   */
  env?: Record<string, string>;
  /** Whether it gets none of our variables. @default {false} */
  clearEnv?: boolean;
  /**
   * Talks to an engine that calls `connectLauncher()`, by its stdin and stdout. Its other output
   * on stdout goes where `stdout` says. Without it stdin is inherited.
   */
  channel?: "stdio";
  /** Where its stdout goes; `"piped"`: `engine.stdout`. @default {"inherit"} */
  stdout?: "inherit" | "piped" | "null";
  /** Where its stderr goes; `"piped"`: `engine.stderr`. @default {"inherit"} */
  stderr?: "inherit" | "piped" | "null";
  /** How to find out that it is ready. With a `channel` it may also say so itself. */
  ready?: ReadyProbe;
  /** Milliseconds from launch within which it must be ready. @default {Infinity} */
  startTimeout?: number;
  /**
   * Milliseconds for which it may give no sign of life before it is ready: a line on the channel,
   * output that is read here, or an answer of the probe that differs from the one before.
   *
   * @default {Infinity}
   */
  stallTimeout?: number;
  /** Milliseconds from SIGTERM to SIGKILL. @default {5000} */
  gracePeriod?: number;
  /** Stops it, whenever that is; before it is ready, `ready` rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The parent of its spans. @default {the active context, else the one we were started under} */
  context?: Context;
  /** What it is called in the trace. @default {the file name of the program} */
  name?: string;
  /**
   * Called with each span of the start as it ends, once: those that the launcher makes, the
   * engine's, and those of processes that the engine launched in turn. What it throws is dropped.
   */
  onSpan?: (span: SpanRecord) => void;
}

/** An engine that was launched. Disposing of it stops it. */
export interface Engine extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /**
   * Resolves when it is ready; at once, if there is neither a `ready` probe nor a `channel`.
   * Rejects with an {@linkcode EngineStartError}, or with the reason of `signal`, when nothing of
   * the engine is left running. It need not be awaited.
   */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, all its output was read and its spans are closed. */
  readonly status: Promise<Deno.CommandStatus>;
  /**
   * Its stdout, if `"piped"`. What nobody reads does not stop it: the first mebibyte is kept.
   */
  readonly stdout?: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Its stderr, if `"piped"`; as `stdout`. */
  readonly stderr?: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The spans of its start that are known, open ones without an end; at most 16,384. */
  spans(): SpanRecord[];
  /**
   * Stops it, and all that it has started: SIGTERM, the grace period, SIGKILL. Calling it again
   * changes nothing.
   *
   * @returns How it ended.
   */
  stop(): Promise<Deno.CommandStatus>;
}

/** Why an engine did not become ready. */
export type EngineStartErrorReason = "exit" | "start-timeout" | "stall-timeout";

/** What an {@linkcode EngineStartError} carries. */
export interface EngineStartErrorOptions extends ErrorOptions {
  /** Why the engine did not become ready. */
  reason: EngineStartErrorReason;
  /** How its process ended. */
  status?: Deno.CommandStatus | undefined;
  /** The deepest phase that was open. */
  phase?: string | undefined;
  /** The last lines of its stderr. @default {""} */
  stderrTail?: string | undefined;
}

/** The launcher that started this process and listens to it. */
export interface Launcher {
  /** The context that it handed down: the parent of this process's spans. */
  readonly context: Context;
  /**
   * Tells it that this process is ready; once, whatever follows.
   *
   * @param attributes What is to be said of the process, as attributes of its span.
   */
  ready(attributes?: Attributes): void;
  /**
   * Resolves when it has gone, or has begun to stop this process. Nobody watches from then on,
   * so an engine should end itself.
   */
  readonly closed: Promise<void>;
}

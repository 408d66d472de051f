/**
 * Launching an engine and waiting until it is ready.
 *
 * @module
 */
import type { SpanRecord } from "../trace/record.ts";
import type { Context } from "../trace/types.ts";

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

/**
 * Launches an engine, any program, as part of a trace: it gets the trace's context by its
 * environment (`TRACEPARENT`, `TRACESTATE`, `BAGGAGE`), and a span holds what it does until it
 * is ready.
 *
 * It resolves when the process exists; `engine.ready` tells when it is of use. Like a child of
 * `Deno.Command` it keeps this process alive until it ends.
 *
 * The engine leads a process group of its own (and a session, so it has no controlling terminal).
 * The group ends with the engine: whatever it leaves behind is killed, unless that made itself a
 * session of its own. Signalling a group takes `--allow-run` without a list; with a list only the
 * engine itself is signalled, and it stays in our group. So it does on Windows, where stopping is
 * `TerminateProcess`. Inside an engine, the groups are told to the launchers above, which end them
 * with the engine, even when this process hangs or is killed; what is launched before
 * `connectLauncher()` has resolved cannot be told, and stays in the group of the engine.
 *
 * Ctrl-C reaches this process alone. So while such an engine lives, SIGINT, SIGTERM and SIGHUP are
 * forwarded to it (SIGKILL follows after the grace period), and when it has ended this process
 * ends by the signal, as it would have at once. A program that stops its engine in a listener of
 * its own, by `stop()` or `signal`, is not ended. Inside an engine, the topmost launcher does that.
 *
 * The context, and the way to a launcher above, are never inherited but set for each child. To
 * unset an inherited variable takes permission to read the whole environment; without it, it is
 * set to an empty value. Variables like `LD_LIBRARY_PATH`, inherited ones too, take `--allow-run`
 * without a list: that is Deno's rule.
 *
 * @param command The program: a name that is looked up in `PATH`, a path, or a `file:` URL.
 * @param options How to launch it.
 * @returns The engine.
 * @throws {TypeError} If an option is of the wrong kind, or does not go with another.
 * @throws {RangeError} If a number is out of range.
 * @throws {Deno.errors.NotFound} If there is no such program.
 * @throws {Deno.errors.NotCapable} If it may not be run, or the URL of the probe not be asked.
 * @throws {any} The reason of `signal`, if it was aborted before; nothing is launched then.
 *
 * @example Wait until an engine is ready
 * ```ts
 * import { launchEngine } from "@coldtrace/coldtrace";
 * import { assertEquals } from "@std/assert";
 *
 * const code = `console.log("listening"); setTimeout(() => {}, 60_000);`;
 * await using engine = await launchEngine(Deno.execPath(), {
 *   args: ["eval", code],
 *   stdout: "piped",
 *   ready: { line: /^listening$/ },
 *   startTimeout: 60_000,
 *   name: "my engine",
 * });
 * await engine.ready;
 * assertEquals(engine.spans().map((span) => span.name), ["process my engine"]);
 * ```
 */
export async function launchEngine(
  command: string | URL,
  options: LaunchEngineOptions = {},
): Promise<Engine> {
  // Not every program that traces launches engines; the others need not load what it takes.
  const { RunningEngine } = await import("./running_engine.ts");
  return new RunningEngine(command, options);
}

/**
 * Both ends of a launch: launching an engine, and the engine's way to its launcher. What they take
 * is loaded when they are called: not every program that traces launches anything.
 *
 * @module
 */
import { isPipeAnnounced } from "../trace/process.ts";
import type { Engine, LaunchEngineOptions, Launcher } from "./types.ts";

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
 * @throws {Deno.errors.NotFound} If there is no such program, or no such folder to run it in.
 * @throws {Deno.errors.PermissionDenied} If it is not executable, or a folder.
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
  const { RunningEngine } = await import("./running_engine.ts");
  const engine = new RunningEngine(command, options);
  await engine.greeted;
  return engine;
}

/** The connection of this process, whichever copy of this module made it. */
const KEY: unique symbol = Symbol.for("coldtrace.v1.launcher");

/**
 * Connects this process to the launcher that started it with `channel: "stdio"`.
 *
 * From then on spans go up to the launcher as they start and end, and have the context that it
 * handed down as their parent; `console` writes to stderr, since stdout is the channel (other
 * output there is passed on); stdin belongs to the launcher; and the process is kept alive until
 * the launcher has gone, or `Deno.exit()`.
 *
 * Only a launcher that is this process's parent counts, so a program run inside an engine takes
 * nothing of it, and neither stdin nor stdout is touched without one. That is known by the
 * variable `COLDTRACE_CHANNEL` (`stdio:` and a process id), which takes permission to read it.
 * Calling it again returns the same connection.
 *
 * @returns The launcher, or `undefined` if nobody is above.
 *
 * @example An engine that tells when it is ready
 * ```ts
 * import { connectLauncher, getTracer } from "@coldtrace/coldtrace";
 *
 * const launcher = await connectLauncher();
 * getTracer("my.engine").withSpan("load weights", () => {});
 * launcher?.ready({ "engine.port": 8000 });
 * launcher?.closed.then(() => Deno.exit());
 * ```
 */
export function connectLauncher(): Promise<Launcher | undefined> {
  const shared = globalThis as { [KEY]?: Promise<Launcher | undefined> };
  return shared[KEY] ??= connect();
}

async function connect(): Promise<Launcher | undefined> {
  if (!isPipeAnnounced()) return undefined;
  const { StdioLauncher } = await import("./stdio_launcher.ts");
  const launcher = new StdioLauncher();
  return await launcher.open() ? launcher : undefined;
}

/**
 * The engine's end of the channel to the launcher above it.
 *
 * @module
 */
import { disconnectPipe, isPipeAnnounced } from "../trace/sink.ts";
import type { Attributes, Context } from "../trace/types.ts";

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
  if (isPipeAnnounced()) {
    // Few processes have a launcher above; the others need not load what it takes.
    const { StdioLauncher } = await import("./stdio_launcher.ts");
    const launcher = new StdioLauncher();
    if (await launcher.open()) return launcher;
  }
  disconnectPipe();
  return undefined;
}

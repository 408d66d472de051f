/**
 * A program that runs as it would without us, while it is watched.
 *
 * Its stdin is ours, and so are its output streams that nobody looks at; the others are passed on
 * unchanged. It ends when it likes, and by the signals that it gets.
 *
 * @module
 */
import { unixNano } from "../trace/process.ts";
import { OutputCopy, type OutputTap, type StreamName } from "./_copy.ts";
import { canSignalGroups, shutDown, signalGroup, type Target } from "./_shutdown.ts";

export type { OutputTap, StreamName } from "./_copy.ts";

/** How to run a program. */
export interface WrapOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Which of its output streams are passed on, so that they can be looked at; the others are ours:
   * `none`, `all`, or `pipes`, which are those that are no terminals.
   */
  readonly reads: "none" | "pipes" | "all";
  /** Sees what is passed on, until {@linkcode WrappedProgram.untap}. */
  readonly onOutput?: OutputTap;
  /** Signals that are ignored, and that it is to ignore too. @default {[]} */
  readonly ignored?: readonly Deno.Signal[];
}

/** Signals that a terminal sends to every process in its foreground. */
const OF_TERMINALS: readonly Deno.Signal[] = ["SIGINT", "SIGQUIT", "SIGWINCH"];

/** A running program. */
export class WrappedProgram {
  /** Its process id. */
  readonly pid: number;
  /** Just before it was spawned, in nanoseconds since the Unix epoch. */
  readonly launched: bigint;
  /** When its own program ran in its process. */
  readonly executed: bigint;
  /** When its process had ended; absent until then. */
  ended: bigint | undefined;
  /** Its end, when its output is passed on; never rejects. */
  readonly status: Promise<Deno.CommandStatus>;
  /** The streams that are passed on, and can be looked at. */
  readonly piped: readonly StreamName[];
  readonly #child: Deno.ChildProcess;
  readonly #copy: OutputCopy;
  readonly #target: Target;

  /**
   * Spawns it.
   *
   * @throws {Deno.errors.NotFound} If there is no such program.
   * @throws {Deno.errors.PermissionDenied} If it cannot be executed.
   */
  constructor(command: readonly string[], options: WrapOptions) {
    const { env, reads, onOutput, ignored = [] } = options;
    const isRead = (stream: { isTerminal(): boolean }) =>
      reads === "all" || reads === "pipes" && !stream.isTerminal();
    const stdout = isRead(Deno.stdout) ? "piped" : "inherit";
    const stderr = isRead(Deno.stderr) ? "piped" : "inherit";
    const [program = "", ...args] = ignoring(ignored, command);
    // Its terminal is that of the foreground group, which must stay its own.
    const detached = !hasTerminal() && canSignalGroups();
    const prepared = new Deno.Command(program, {
      args,
      ...changesOf(env),
      stdin: "inherit",
      stdout,
      stderr,
      detached,
    });
    this.launched = unixNano();
    const child = this.#child = prepared.spawn();
    this.executed = unixNano();
    this.pid = child.pid;
    this.piped = [
      ...(stdout === "piped" ? ["stdout"] as const : []),
      ...(stderr === "piped" ? ["stderr"] as const : []),
    ];
    this.#copy = new OutputCopy({
      ...(stdout === "piped" && { stdout: child.stdout }),
      ...(stderr === "piped" && { stderr: child.stderr }),
    }, onOutput);
    this.#target = { child, group: detached, below: new Set(), ended: child.status };
    this.status = this.#end();
  }

  /** From now on its output is passed on without being looked at. */
  untap(): void {
    this.#copy.untap();
  }

  /** Hands it a signal that came to us; not one that its terminal has sent it already. */
  signal(signal: Deno.Signal): void {
    if (this.ended !== undefined) return;
    const { group } = this.#target;
    if (group) return signalGroup(this.pid, signal);
    if (OF_TERMINALS.includes(signal)) return;
    try {
      this.#child.kill(signal);
    } catch {
      // Gone already.
    }
  }

  /** Stops it: SIGTERM, the grace period in milliseconds, SIGKILL. */
  async stop(grace: number): Promise<Deno.CommandStatus> {
    await shutDown(this.#target, grace, "SIGTERM");
    return await this.status;
  }

  async #end(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    this.ended = unixNano();
    // What it has left behind, while nobody else can have its group's number.
    if (this.#target.group) signalGroup(this.pid, "SIGKILL");
    await this.#copy.end();
    return status;
  }
}

/** Whether we have a terminal: one that controls us, whatever our streams are. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch {
    return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  }
}

/**
 * An environment as `Deno.Command` takes it. Where nothing has to go that we have, only what differs
 * is said: the rest, which may be no Unicode, is inherited as it is.
 */
function changesOf(
  env: Readonly<Record<string, string>>,
): { env: Record<string, string>; clearEnv: boolean } {
  const ours = Deno.env.toObject();
  if (Object.keys(ours).some((name) => !(name in env))) return { env: { ...env }, clearEnv: true };
  const changed = Object.entries(env).filter(([name, value]) => ours[name] !== value);
  return { env: Object.fromEntries(changed), clearEnv: false };
}

/**
 * A command that begins with signals ignored, as `nohup` and background jobs of a shell do: since
 * we listen to them, it would not inherit that. A shell drops variables whose names it could not
 * use, so it has to do only where `env` cannot (GNU coreutils 8.31 can).
 */
function ignoring(signals: readonly Deno.Signal[], command: readonly string[]): readonly string[] {
  if (signals.length === 0) return command;
  const names = signals.map((signal) => signal.replace(/^SIG/, ""));
  const env = ["env", `--ignore-signal=${names.join(",")}`];
  if (succeeds([...env, "true"])) return [...env, ...command];
  return ["/bin/sh", "-c", `trap '' ${names.join(" ")}; exec "$@"`, "sh", ...command];
}

function succeeds([program = "", ...args]: readonly string[]): boolean {
  try {
    const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return new Deno.Command(program, { args, ...stdio }).outputSync().success;
  } catch {
    return false;
  }
}

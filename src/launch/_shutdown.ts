/**
 * The end of an engine: by signals of ours, and by those that this process gets.
 *
 * @module
 */
/** A child process and whether the group that it leads can be signalled as a whole. */
export interface Target {
  /** The process. */
  readonly child: Deno.ChildProcess;
  /** Whether it leads a process group that we may signal. */
  readonly group: boolean;
  /** The groups that processes below lead, which end with it. */
  readonly below: Set<number>;
  /** Settles when the process has ended. */
  readonly ended: Promise<unknown>;
}

/**
 * Whether a child may be given a process group of its own, to be ended as a whole:
 * `Deno.kill` with a group takes `--allow-run` without a list, and Windows has no groups.
 */
export function canSignalGroups(): boolean {
  if (Deno.build.os === "windows") return false;
  const { state, partial } = Deno.permissions.querySync({ name: "run" });
  return state === "granted" && !partial;
}

/** `first`, then after `grace` milliseconds SIGKILL, to the whole group; settles at the end. */
export async function shutDown(target: Target, grace: number, first: Deno.Signal): Promise<void> {
  if (grace > 0) {
    sendSignal(target, first);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const graceOver = new Promise<"over">((resolve) => {
      if (grace !== Infinity) timer = setTimeout(() => resolve("over"), grace);
    });
    const winner = await Promise.race([target.ended, graceOver]);
    clearTimeout(timer);
    if (winner !== "over") return;
  }
  sendSignal(target, "SIGKILL");
  await target.ended;
}

/** Sends a signal to the child and what it has started; to nobody, where nobody is left. */
export function sendSignal({ child, group, below }: Target, signal: Deno.Signal): void {
  for (const pid of below) signalGroup(pid, signal);
  if (group) return signalGroup(child.pid, signal);
  try {
    child.kill(signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Sends a signal to a process group, if there is one of that number and it may be done. */
export function signalGroup(pid: number, signal: Deno.Signal): void {
  try {
    if (canSignalGroups()) Deno.kill(-pid, signal);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** An engine that this process's signals do not reach by themselves. */
export interface SignalTarget {
  /** Whether the program has stopped it itself. */
  readonly isStopped: boolean;
  /** Ends it by this signal, and by SIGKILL when its grace period is over. */
  endBy(signal: Deno.Signal): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const living = new Set<SignalTarget>();
const listeners = new Map<Deno.Signal, () => void>();
/** The first signal that came, and the engines that it was forwarded to. */
let ending: { signal?: Deno.Signal; engines: Set<SignalTarget> } = { engines: new Set() };

/** Forwards to an engine the signals that ask this process to end. */
export function forwardSignals(engine: SignalTarget): void {
  living.add(engine);
  if (listeners.size > 0) return;
  // `nohup` takes the terminal away and has SIGHUP ignored; Deno undoes the latter when it
  // listens to any signal.
  const isDeaf = ![Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  for (const signal of SIGNALS) {
    const listener = () => {
      if (!(signal === "SIGHUP" && isDeaf)) end(signal);
    };
    Deno.addSignalListener(signal, listener);
    listeners.set(signal, listener);
  }
}

/**
 * Forwards nothing to an engine any more, which has ended. When the last one has that was ended by
 * a signal, this process ends by it too, as it would have without us. Not where the program has
 * stopped one of them, since then it has noticed the signal by itself.
 */
export function forwardNoSignals(engine: SignalTarget): void {
  if (!living.delete(engine) || living.size > 0) return;
  for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  listeners.clear();
  const { signal, engines } = ending;
  ending = { engines: new Set() };
  if (!signal || [...engines].some((engine) => engine.isStopped)) return;
  Deno.kill(Deno.pid, signal);
  // Another thread of Deno's takes it; until then the program must not go on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

function end(signal: Deno.Signal): void {
  ending.signal ??= signal;
  for (const engine of living) {
    ending.engines.add(engine);
    engine.endBy(signal);
  }
}

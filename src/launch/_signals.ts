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

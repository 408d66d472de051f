/** What comes from outside and means something to a program, and its number where all agree. */
const SIGNALS: Readonly<Partial<Record<Deno.Signal, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
  SIGUSR1: Deno.build.os === "linux" ? 10 : 30,
  SIGUSR2: Deno.build.os === "linux" ? 12 : 31,
  SIGWINCH: 28,
};

/** The signals that come to us, on their way to the program that we wrap. */
export class RelayedSignals {
  /** Those that were ignored when we began: the program is to ignore them too. */
  readonly ignored: readonly Deno.Signal[] = ignoredSignals();
  #came: Deno.Signal | undefined;
  #take: ((signal: Deno.Signal) => void) | undefined;

  /** Listens. The first thing that `run` does: Deno as process 1 crashes on a signal otherwise. */
  constructor() {
    for (const signal of Object.keys(SIGNALS) as Deno.Signal[]) {
      try {
        Deno.addSignalListener(signal, () => this.#on(signal));
      } catch {
        // Not on this system.
      }
    }
  }

  /** The exit code, where a signal came that nobody took and that ends programs. */
  get code(): number | undefined {
    return this.#came && exitCodeOf(this.#came);
  }

  /** From now on they go there; without a `take` they are kept again. */
  to(take?: (signal: Deno.Signal) => void): void {
    this.#take = take;
  }

  #on(signal: Deno.Signal): void {
    // One that was ignored may mean something to the program all the same.
    if (this.#take) this.#take(signal);
    else if (signal !== "SIGWINCH" && !this.ignored.includes(signal)) this.#came ??= signal;
  }
}

/** The exit code of a shell for a program that a signal ended. */
export function exitCodeOf(signal: Deno.Signal): number {
  return 128 + (SIGNALS[signal] ?? 0);
}

/** Whether a signal is one by which a program is told to end. */
export function isFatal(signal: Deno.Signal): boolean {
  return ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].includes(signal);
}

let shared: RelayedSignals | undefined;

/** Those of this process, listened to from the first call on. */
export function relayedSignals(): RelayedSignals {
  return shared ??= new RelayedSignals();
}

/** Those that this process was told to ignore by who started it, as Linux knows. */
function ignoredSignals(): Deno.Signal[] {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)/m.exec(status) ?? [];
    const ignored = Object.entries(SIGNALS)
      .filter(([, number]) => (BigInt(`0x${mask}`) >> BigInt(number - 1) & 1n) === 1n);
    return ignored.map(([signal]) => signal as Deno.Signal);
  } catch {
    return [];
  }
}

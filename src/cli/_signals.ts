/** Being told to stop, by Ctrl-C, `kill`, or a terminal that was closed. */
export interface StopSignal extends Disposable {
  /** Aborts when it happens. */
  readonly signal: AbortSignal;
  /** The exit code of a program that ends by what happened, 128 + its number; else undefined. */
  readonly code: number | undefined;
}

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** What Windows knows. */
const WINDOWS = ["SIGINT"] as const;

/** Listens for the signals that ask a program to stop, until it is disposed of. */
export function onStopSignal(): StopSignal {
  const controller = new AbortController();
  let code: number | undefined;
  const names = Deno.build.os === "windows"
    ? WINDOWS
    : Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
  // `nohup` takes the terminal away and has SIGHUP ignored. Deno, once it listens to any signal,
  // undoes the latter, so it is done here.
  const isDeaf = ![Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
  const listeners = names.map((name) => {
    const listener = () => {
      if (name === "SIGHUP" && isDeaf) return;
      code ??= 128 + NUMBERS[name];
      controller.abort(new Error(`Stopped by ${name}`));
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    get code() {
      return code;
    },
    [Symbol.dispose]() {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}

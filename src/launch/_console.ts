/**
 * Makes `console` write to stderr, where stdout is a channel: a line of output is then never in
 * the middle of a line of the protocol, and whatever it begins with is never taken for one.
 */
export function sendConsoleToStderr(): void {
  const error = console.error.bind(console);
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const elapsed = (label: string) => {
    const start = timers.get(label);
    return start === undefined
      ? `Timer '${label}' does not exist`
      : `${label}: ${performance.now() - start}ms`;
  };
  // `group` writes by `log`; `warn`, `error`, `trace` and `assert` write to stderr anyway.
  Object.assign(console, {
    log: error,
    info: error,
    debug: error,
    // Would write to stdout what clears a terminal, and leave a line there that it does not end.
    clear: () => {},
    dirxml: error,
    dir: (value: unknown, options?: Deno.InspectOptions) => error(Deno.inspect(value, options)),
    table: (data: unknown) => error(Deno.inspect(data)),
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      error(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void timers.set(label, performance.now()),
    timeLog: (label = "default", ...data: unknown[]) => error(elapsed(label), ...data),
    timeEnd: (label = "default") => {
      error(elapsed(label));
      timers.delete(label);
    },
  });
}

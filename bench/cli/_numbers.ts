/**
 * Reads options like `--pairs 3`, each a positive number.
 *
 * @throws {Error} If there is another option, or what it is given is no such number.
 */
export function numbers<Name extends string>(
  args: readonly string[],
  presets: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const values: Record<string, number> = { ...presets };
  for (let at = 0; at < args.length; at += 2) {
    const name = args[at]?.replace(/^--/, "") ?? "";
    const value = Number(args[at + 1]);
    if (!Object.hasOwn(presets, name) || !(value > 0)) {
      const known = Object.entries(presets).map(([name, preset]) => `[--${name} ${preset}]`);
      throw new Error(`usage: ${known.join(" ")}`);
    }
    values[name] = value;
  }
  return values as Record<Name, number>;
}

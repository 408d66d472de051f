/** Where an engine is, and what Deno lets it touch: not what it is. */
const ELSEWHERE = [
  "--port",
  ...["read", "write", "net", "env", "run", "ffi", "sys"].map((kind) => `--allow-${kind}`),
];

/**
 * The arguments of a command.
 *
 * @param words the program and its arguments.
 * @returns by flag its value, empty if it has none; what is none by its place, e.g. `argument 0`.
 */
export function argumentsOf(words: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let place = 0;
  for (let i = 0; i < words.length; i++) {
    const [, flag, attached] = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(words[i] ?? "") ?? [];
    if (flag === undefined) {
      found.set(`argument ${place++}`, words[i] ?? "");
      continue;
    }
    const next = words[i + 1];
    const isTaken = attached === undefined && next !== undefined && !/^--?[A-Za-z]/.test(next);
    const value = attached ?? (isTaken ? next : "");
    if (isTaken) i++;
    found.set(flag, [found.get(flag), value].filter((text) => text !== undefined).join(" "));
  }
  for (const flag of ELSEWHERE) found.delete(flag);
  return found;
}

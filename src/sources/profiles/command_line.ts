/**
 * What a command runs.
 *
 * @module
 */

/** A program and its own arguments. */
export interface Invocation {
  /** The file name of the program or script, or the module behind Python's `-m`. */
  readonly program: string;
  /** Whether `program` is a Python module. */
  readonly isModule: boolean;
  /** What follows it. */
  readonly args: readonly string[];
}

/** Options of Python's that take a value. */
const PYTHON_VALUES = ["-W", "-X", "--check-hash-based-pycs"];

/**
 * What a command runs: the program, or the module or script behind `python`.
 *
 * @param command The program and its arguments.
 * @returns What it runs, as far as that can be told from the command alone.
 */
export function invocationOf(command: readonly string[]): Invocation | undefined {
  const [first, ...args] = command;
  if (first === undefined) return undefined;
  const name = programName(first);
  if (/^(python|pypy)[\d.]*t?$/.test(name)) return pythonInvocation(args);
  return { program: name, isModule: false, args };
}

/**
 * The commands that may stand behind wrappers (`env`, `nice`, `uv run`, `docker run`, `sh -c '...'`):
 * there are more of those than anybody can list, so each word may begin one.
 *
 * @param command The program and its arguments.
 * @returns The longest first.
 */
export function* commandsIn(command: readonly string[]): Generator<readonly string[]> {
  for (const at of command.keys()) yield command.slice(at);
  for (const [at, script] of command.entries()) {
    // What a shell is given to read: the words, as far as blanks tell them apart.
    if (!/^-\w*c$/.test(command[at - 1] ?? "") || !/\s/.test(script)) continue;
    for (const line of script.split(/[;&|\n]+/)) {
      const words = line.trim().split(/\s+/).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
      for (const start of words.keys()) yield words.slice(start);
    }
  }
}

function pythonInvocation(args: readonly string[]): Invocation | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (PYTHON_VALUES.includes(arg)) {
      at++;
      continue;
    }
    if (!arg.startsWith("-")) {
      return { program: programName(arg), isModule: false, args: args.slice(at + 1) };
    }
    // Flags may stand before it, and the module behind it: -Im, -mvllm.
    const [, option, attached] = /^-[A-VY-Zabd-ln-z]*([cm])(.*)$/.exec(arg) ?? [];
    if (option === undefined) continue;
    const program = attached || args[at + 1];
    if (option === "c" || program === undefined) return undefined;
    return { program, isModule: true, args: args.slice(at + (attached ? 1 : 2)) };
  }
  return undefined;
}

/** The name of a file without its folders. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) || path;
}

function programName(path: string): string {
  return baseName(path).replace(/\.exe$/i, "");
}

/** The values of options: `--name VALUE` and `--name=VALUE`, with `_` for `-` as argparse has it. */
export class Options {
  readonly #values = new Map<string, string>();
  /** What is no option, nor an option's value. */
  readonly operands: readonly string[];

  /**
   * Reads arguments.
   *
   * @param args What follows the program's name.
   * @param flags Matches the names of options that take no value, with dashes.
   */
  constructor(args: readonly string[], flags: RegExp) {
    const operands: string[] = [];
    for (let at = 0; at < args.length; at++) {
      const arg = args[at] ?? "";
      const [, name, value] = /^(--?[A-Za-z][\w.-]*)(?:=([^]*))?$/.exec(arg) ?? [];
      if (name === undefined) {
        operands.push(arg);
        continue;
      }
      const key = name.replaceAll("_", "-");
      if (value !== undefined) this.#values.set(key, value);
      else if (flags.test(key)) this.#values.set(key, "true");
      else if (args[at + 1]?.startsWith("--") ?? true) this.#values.set(key, "true");
      else this.#values.set(key, args[++at] ?? "");
    }
    this.operands = operands;
  }

  /** The value of the first of these options that is given. */
  get(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.#values.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** A port number; `undefined` where none is given, or it is none. */
  port(...names: string[]): number | undefined {
    const value = Number(this.get(...names) ?? NaN);
    return Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
  }

  /** What some options say, as attributes: numbers where the text is one. */
  facts(attributes: Readonly<Record<string, readonly string[]>>): Record<string, string | number> {
    const facts: Record<string, string | number> = {};
    for (const [attribute, names] of Object.entries(attributes)) {
      const value = this.get(...names);
      if (value !== undefined) facts[attribute] = /^\d+$/.test(value) ? Number(value) : value;
    }
    return facts;
  }

  /** Whether an option that takes no value is given. */
  has(name: string): boolean {
    const value = this.#values.get(name);
    return value !== undefined && value !== "false";
  }
}

/**
 * What a command runs, behind what it is wrapped in.
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

/** Programs that run another, and those of their options that take a value. */
const WRAPPERS: Readonly<Record<string, readonly string[]>> = {
  env: ["-u", "--unset", "-C", "--chdir", "-S"],
  exec: [],
  nice: ["-n"],
  ionice: ["-c", "-n"],
  nohup: [],
  setsid: [],
  stdbuf: ["-i", "-o", "-e"],
  taskset: [],
  numactl: [],
  tini: ["-p", "-e"],
  "dumb-init": [],
  uv: [],
  uvx: ["--from", "--with", "-p", "--python"],
  pipx: [],
  poetry: [],
};
/** Words behind which a wrapper's command begins. */
const RUN_WORDS = ["run", "tool"];
/** Options of Python's that take a value. */
const PYTHON_VALUES = ["-W", "-X", "--check-hash-based-pycs"];

/**
 * What a command runs, without `env`, `nice`, `numactl`, `uv run`, `python -m` and the like before
 * it.
 *
 * @param command The program and its arguments.
 * @returns What it runs, as far as that can be told from the command alone.
 */
export function invocationOf(command: readonly string[]): Invocation | undefined {
  let rest = [...command];
  for (;;) {
    const [first, ...others] = rest;
    if (first === undefined) return undefined;
    const name = baseName(first);
    if (/^(python|pypy)[\d.]*t?$/.test(name)) return pythonInvocation(others);
    const values = WRAPPERS[name];
    if (values === undefined) return { program: name, isModule: false, args: others };
    rest = wrapped(name, others, values);
  }
}

/** What a wrapper runs: what follows its options, its variables and its mask of processors. */
function wrapped(name: string, args: readonly string[], values: readonly string[]): string[] {
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return args.slice(at + 1);
    if (values.includes(arg)) at++;
    else if (!arg.startsWith("-") && !isWord(name, arg)) break;
  }
  // Not an option, but not the program either.
  if (name === "taskset") at++;
  return args.slice(at);
}

function isWord(wrapper: string, arg: string): boolean {
  if (wrapper === "env") return /^\w+=/.test(arg);
  return ["uv", "pipx", "poetry"].includes(wrapper) && RUN_WORDS.includes(arg);
}

function pythonInvocation(args: readonly string[]): Invocation | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "-m" || arg === "-c") {
      const program = args[at + 1];
      if (program === undefined || arg === "-c") return undefined;
      return { program, isModule: true, args: args.slice(at + 2) };
    }
    if (PYTHON_VALUES.includes(arg)) at++;
    else if (!arg.startsWith("-")) {
      return { program: baseName(arg), isModule: false, args: args.slice(at + 1) };
    }
  }
  return undefined;
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1)?.replace(/\.exe$/i, "") ?? path;
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

  /** Whether an option that takes no value is given. */
  has(name: string): boolean {
    const value = this.#values.get(name);
    return value !== undefined && value !== "false";
  }
}

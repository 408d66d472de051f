/**
 * Reading a verb's arguments from a table that is its help, too.
 *
 * `node:util`'s `parseArgs` would cost every start of the command line 6 ms (Deno 2.9.6, an
 * empty process takes 21), and says nothing of ranges, defaults and help.
 *
 * @module
 */
import { nearest } from "./nearest.ts";
import { print } from "./output.ts";

/** An option that is there or is not. */
export interface Flag {
  /** Which kind of option it is. */
  readonly kind: "flag";
  /** What it does, in one line. */
  readonly help: string;
}

/** An option that has a text. */
export interface Text {
  /** Which kind of option it is. */
  readonly kind: "text";
  /** What stands for the value in the help, e.g. `DIR`. */
  readonly value: string;
  /** What it does, in one line. */
  readonly help: string;
  /** The value where it is not given. */
  readonly default?: string;
  /** A letter that stands for it behind one dash. */
  readonly short?: string;
}

/** An option that has a whole number. */
export interface Integer {
  /** Which kind of option it is. */
  readonly kind: "integer";
  /** What stands for the value in the help, e.g. `N`. */
  readonly value: string;
  /** What it does, in one line. */
  readonly help: string;
  /** The value where it is not given. */
  readonly default?: number;
  /** The least that is allowed. */
  readonly min: number;
  /** The most that is allowed. @default {Infinity} */
  readonly max?: number;
  /** A letter that stands for it behind one dash. */
  readonly short?: string;
}

/** An option that has one of a few values. */
export interface Choice<V extends string = string> {
  /** Which kind of option it is. */
  readonly kind: "choice";
  /** The values. */
  readonly values: readonly V[];
  /** What it does, in one line. */
  readonly help: string;
}

/** An option that has a text each time it is given. */
export interface List {
  /** Which kind of option it is. */
  readonly kind: "list";
  /** What stands for one value in the help, e.g. `NAME=CMD`. */
  readonly value: string;
  /** What it does, in one line. */
  readonly help: string;
}

/** Options by name, without the dashes; `help` is always there. */
export type Options = Readonly<Record<string, Flag | Text | Integer | Choice | List>>;

/** An argument that is no option. */
export interface Operand {
  /** What stands for it in the help, e.g. `RUN`. */
  readonly name: string;
  /** What it is, in one line. */
  readonly help: string;
  /** Whether it may be left out, as those after it then. @default {false} */
  readonly optional?: boolean;
  /** Whether there may be more of it; of the last operand. @default {false} */
  readonly many?: boolean;
}

/** What a verb takes, and what its `--help` says. */
export interface Usage<O extends Options = Options> {
  /** The verb, e.g. `time`; errors begin with `Cannot VERB as`. */
  readonly verb: string;
  /** What it does, in a line or a few. */
  readonly summary: string;
  /** Its arguments that are no options, in order. @default {[]} */
  readonly operands?: readonly Operand[];
  /** A command with arguments of its own, behind `--` or from the first operand on. */
  readonly command?: Operand;
  /** Its options, in the order in which the help lists them. */
  readonly options: O;
}

/** The values of options: a flag's is a boolean, a list's its texts; others may have a default. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends Flag ? boolean
    : O[Name] extends List ? readonly string[]
    : O[Name] extends Text ? (O[Name] extends { default: string } ? string : string | undefined)
    : O[Name] extends Choice<infer V> ? V | undefined
    : (O[Name] extends { default: number } ? number : number | undefined);
};

/** A verb of the command line. */
export interface Verb {
  /** What `--help` prints. */
  readonly help: string;
  /** Does it, and gives the exit code; throws {@linkcode UsageError} at once on bad arguments. */
  run(args: readonly string[]): number | Promise<number>;
}

/** Arguments that make no sense. The message is one line, for the user. */
export class UsageError extends Error {
  override name = "UsageError";
}

/**
 * Makes a verb of what it takes and what it does.
 *
 * @param usage what it takes.
 * @param run does it with the values of the options and the operands; gives the exit code: 0
 * done, 1 the engine failed.
 * @returns the verb.
 *
 * @example A verb with an option
 * ```ts ignore
 * export const verb: Verb = defineVerb({
 *   verb: "listen",
 *   summary: "Listens on a port.",
 *   options: {
 *     port: { kind: "integer", value: "PORT", min: 0, max: 65535, default: 0, help: "Where." },
 *   },
 * }, ({ port }) => listen(port));
 * ```
 */
export function defineVerb<const O extends Options>(
  usage: Usage<O>,
  run: (options: Values<O>, operands: readonly string[]) => number | Promise<number>,
): Verb {
  return {
    get help() {
      return helpOf(usage);
    },
    run(args) {
      const parsed = parseArgs(usage, args);
      if (parsed !== "help") return run(parsed.options, parsed.operands);
      print(this.help);
      return 0;
    },
  };
}

/**
 * Reads arguments: `--name value`, `--name=value`, `--flag`, operands; `--` ends the options,
 * `-` is an operand. The last of repeated options counts, unless it is a list.
 *
 * @param usage what is taken.
 * @param args what was given.
 * @returns the values and the operands, or `"help"` where that is asked for.
 * @throws {UsageError} on whatever is not in the table, with the nearest that is.
 */
export function parseArgs<O extends Options>(
  usage: Usage<O>,
  args: readonly string[],
): { options: Values<O>; operands: string[] } | "help" {
  const fail = (rule: string, value?: string): never => {
    const current = value === undefined ? "" : `: current value is ${value === "" ? "''" : value}`;
    throw new UsageError(`Cannot ${usage.verb} as ${rule}${current}`);
  };
  const values = new Map<string, boolean | string | number>();
  const lists = new Map<string, string[]>();
  for (const [name, option] of Object.entries(usage.options)) {
    if (option.kind === "flag") values.set(name, false);
    else if (option.kind === "list") lists.set(name, []);
    else if ("default" in option && option.default !== undefined) values.set(name, option.default);
  }
  const operands: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      operands.push(...rest.splice(0));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      operands.push(arg);
      // What follows is the command's own.
      if (usage.command) operands.push(...rest.splice(0));
      continue;
    }
    if (arg === "--help" || arg === "-h") return "help";
    const [, written = arg, attached] = /^(--[^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const name = longName(usage.options, written);
    const option = Object.hasOwn(usage.options, name) ? usage.options[name] : undefined;
    if (option === undefined) {
      const known = [...Object.keys(usage.options), "help"].map((name) => `--${name}`);
      return fail(`'${written}' is no option: ${advice(written, known, usage.verb)}`);
    }
    if (option.kind === "flag") {
      if (attached !== undefined) fail(`'${name}' must have no value`, attached);
      values.set(name, true);
      continue;
    }
    const isNext = rest[0] !== undefined && !rest[0].startsWith("--");
    const value = attached ?? (isNext ? rest.shift() : undefined);
    if (value === undefined) {
      return fail(`'${name}' must have a value: ${written} ${placeOf(option)}`);
    }
    if (option.kind === "choice" && !option.values.includes(value)) {
      fail(`'${name}' must be ${listOf(option.values)}`, value);
    }
    if (option.kind === "list") lists.get(name)?.push(value);
    else values.set(name, option.kind === "integer" ? integer(name, option, value, fail) : value);
  }
  const options = Object.fromEntries<unknown>([...values, ...lists]) as Values<O>;
  const { command } = usage;
  if (command) {
    if (operands[0] === undefined) fail(`'${command.name}' must be given: -- ${command.name}`);
    return { options, operands };
  }
  const { operands: taken = [] } = usage;
  const missing = taken.find((operand, i) => !operand.optional && operands[i] === undefined);
  if (missing) fail(`'${missing.name}' must be given`);
  if (operands.length > taken.length && !taken.at(-1)?.many) {
    const most = taken.length === 0 ? "no operand" : `at most ${taken.length} operand`;
    fail(`there must be ${most}${taken.length > 1 ? "s" : ""}`, operands.join(" "));
  }
  return { options, operands };
}

/**
 * Says what was probably meant by an unknown word, or where to look.
 *
 * @param word what was written.
 * @param known what there is.
 * @param verb whose help to name; none for the command's own.
 * @returns the end of a line.
 */
export function advice(word: string, known: readonly string[], verb?: string): string {
  const meant = nearest(word, known);
  const help = ["coldtrace", ...(verb === undefined ? [] : [verb]), "--help"].join(" ");
  return meant === undefined ? `see ${help}` : `did you mean '${meant}'?`;
}

/** `name` of `--name`, or of the letter that stands for it. */
function longName(options: Options, written: string): string {
  if (written.startsWith("--")) return written.slice(2);
  const found = Object.entries(options)
    .find(([, option]) => "short" in option && `-${option.short}` === written);
  return found?.[0] ?? written.slice(2);
}

/** What stands for the value in the help. */
function placeOf(option: Text | Integer | Choice | List): string {
  return option.kind === "choice" ? option.values.join("|") : option.value;
}

function listOf(values: readonly string[]): string {
  return `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

function integer(
  name: string,
  { min, max = Infinity }: Integer,
  text: string,
  fail: (rule: string, value: string) => never,
): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  const range = max === Infinity ? `an integer of at least ${min}` : `${min}-${max}`;
  return fail(`'${name}' must be ${range}`, text);
}

function helpOf({ verb, summary, operands = [], command, options }: Usage): string {
  const places = operands.map(({ name, optional, many }) =>
    (optional ? ` [${name}]` : ` ${name}`) + (many ? "..." : "")
  );
  const lines = Object.entries(options).map(([name, option]): [string, string] => {
    if (option.kind === "flag") return [`--${name}`, option.help];
    const preset = "default" in option ? option.default : undefined;
    const given = preset === undefined ? "" : ` (default ${preset})`;
    const short = "short" in option ? `-${option.short}, ` : "";
    return [`${short}--${name} ${placeOf(option)}`, option.help + given];
  });
  const all: [string, string][] = [
    ...[...operands, ...(command ? [command] : [])].map((
      { name, help },
    ): [string, string] => [name, help]),
    ...lines,
    ["--help", "Show this."],
  ];
  const width = Math.max(...all.map(([left]) => left.length));
  const body = all.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
  const tail = command ? ` [--] ${command.name} [ARGS]` : "";
  return `coldtrace ${verb}${places.join("")} [OPTIONS]${tail}\n\n${summary}\n\n${body}`;
}

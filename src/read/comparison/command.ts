/**
 * What a command runs, and what it is wrapped in.
 *
 * @module
 */
import { isShell, shellLine } from "../shell.ts";
import { assignmentOf, isAssignment, readScript } from "./_script.ts";

/** A command without what it is wrapped in. */
export interface Unwrapped {
  /** The program that is run in the end, and its arguments. */
  readonly words: readonly string[];
  /** The variables that are set for it, by their names. */
  readonly variables: Readonly<Record<string, string>>;
  /** What else is done before it or around it, each as one writes it for a shell: `cd /srv`. */
  readonly wrappers: readonly string[];
}

/** How often one wrapper may stand in another. */
const DEPTH = 8;

/**
 * Takes a command out of `sh -c SCRIPT` and `env NAME=VALUE`, one in the other, in any order.
 *
 * @param command the program and its arguments.
 * @returns what is run in the end; `undefined` where the script or `env` may run anything: then all
 * that can be told of the command is what it is as a whole.
 */
export function unwrap(command: readonly string[]): Unwrapped | undefined {
  let words = command;
  const variables: Record<string, string> = {};
  const wrappers: string[] = [];
  for (let i = 0; i < DEPTH; i++) {
    const layer = envLayer(words) ?? shellLayer(words);
    if (layer === undefined) return { words, variables, wrappers };
    if (layer === OPAQUE) return undefined;
    words = layer.words;
    for (const [name, value] of layer.variables) variables[name] = value;
    wrappers.push(...layer.wrappers.filter((text) => text !== ""));
  }
  return undefined;
}

/**
 * Takes commands out of programs that start them, such as `nice` and `numactl`, where others are
 * started without: there are more of those than anybody can list, but the others show what they start.
 *
 * @param commands what is run, each without shells and `env`.
 * @returns the same in the same order, with the wrapping program and its arguments as a wrapper.
 */
export function unwrapLike(commands: readonly Unwrapped[]): Unwrapped[] {
  return commands.map((command) => {
    const { words, wrappers } = command;
    // One may stand in another.
    const at = words.findLastIndex((_, i) =>
      i > 0 && commands.some((other) => other.words !== words && beginsAt(words, i, other.words))
    );
    if (at === -1) return command;
    return {
      ...command,
      words: words.slice(at),
      wrappers: [...wrappers, shellLine(words.slice(0, at))],
    };
  });
}

/** What is wrapped, and in what. */
interface Layer {
  readonly words: readonly string[];
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly wrappers: readonly string[];
}

/** What may run anything. */
const OPAQUE = "opaque";

/** `env [NAME=VALUE]... COMMAND`. */
function envLayer(words: readonly string[]): Layer | typeof OPAQUE | undefined {
  if (nameOf(words[0]) !== "env") return undefined;
  const from = words[1] === "--" ? 2 : 1;
  const program = words.findIndex((word, i) => i >= from && !isAssignment(word));
  // Its options take variables away, go elsewhere, or split words.
  if (program === -1 || words[program]?.startsWith("-")) return OPAQUE;
  return {
    words: words.slice(program),
    variables: words.slice(from, program).map(assignmentOf),
    wrappers: [],
  };
}

/** `sh -c SCRIPT`, be it behind other words. */
function shellLayer(words: readonly string[]): Layer | typeof OPAQUE | undefined {
  const option = words.findIndex((word, i) => /^-\w*c$/.test(word) && isAfterShell(words, i));
  if (option === -1) return undefined;
  const shell = words.findLastIndex((word, i) => i < option && isShell(word));
  // What stands behind the script is for it to use.
  const script = words.length === option + 2 ? readScript(words[option + 1] ?? "") : undefined;
  if (script === undefined) return OPAQUE;
  const isPlain = words[option] === "-c" && option === shell + 1;
  return {
    words: script.words,
    variables: script.variables,
    wrappers: [shellLine(words.slice(0, isPlain ? shell : option + 1)), script.before],
  };
}

/** Whether what stands before a word is a shell and its options. */
function isAfterShell(words: readonly string[], at: number): boolean {
  const shell = words.findLastIndex((word, i) => i < at && isShell(word));
  const options = words.slice(shell + 1, at);
  return shell !== -1 &&
    options.every((word, i) => /^[-+]/.test(word) || /^[-+]\w*[oO]$/.test(options[i - 1] ?? ""));
}

/** Whether words go on, from a place, as another command begins. */
function beginsAt(
  words: readonly string[],
  at: number,
  [program, next]: readonly string[],
): boolean {
  if (nameOf(words[at]) !== nameOf(program)) return false;
  if (words[at + 1] === next) return true;
  // Behind an option it may be its value.
  const [before, after] = [words[at - 1] ?? "", words[at + 1] ?? "-"];
  return !before.startsWith("-") && after.startsWith("-") && (next ?? "-").startsWith("-");
}

function nameOf(program = ""): string {
  return program.split("/").at(-1) ?? program;
}

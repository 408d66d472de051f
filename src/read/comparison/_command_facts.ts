import { argumentsOf } from "./_arguments.ts";
import { unwrap, unwrapLike, type Unwrapped } from "./command.ts";
import { COMMAND } from "./identity.ts";
import { shellLine } from "../shell.ts";

/** The facts of a command, by their names; none of one that is not known. */
export type CommandFacts = (command: string | undefined) => readonly (readonly [string, string])[];

/** What stands before the program, and around it. */
const WRAPPER = "wrapper";

/**
 * What commands are that are compared, argument by argument; each as a whole where one of them may
 * run anything, since then it is not known what it lacks that others have.
 *
 * @param commands all that are compared, each a JSON array.
 * @returns what tells the facts of each.
 */
export function commandFacts(commands: readonly (string | undefined)[]): CommandFacts {
  const all = [...new Set(commands)].filter((command) => command !== undefined);
  const words = all.map((command): string[] => JSON.parse(command));
  const unwrapped = words.map(unwrap);
  const isClear = (one: Unwrapped | undefined) => one !== undefined;
  const facts = unwrapped.every(isClear)
    ? unwrapLike(unwrapped).map(partsOf)
    : words.map((command) => [[COMMAND, shellLine(command)] as const]);
  const byCommand = new Map(all.map((command, i) => [command, facts[i] ?? []]));
  return (command) => byCommand.get(command ?? "") ?? [];
}

function partsOf({ words, variables, wrappers }: Unwrapped): [string, string][] {
  return [
    // It says that the command is known.
    [COMMAND, ""],
    ...argumentsOf(words),
    ...Object.entries(variables).map(([name, value]): [string, string] => [`$${name}`, value]),
    ...(wrappers.length === 0 ? [] : [[WRAPPER, wrappers.join("; ")] satisfies [string, string]]),
  ];
}

/** Whether a fact is a flag, a variable, or another argument: if it is not there, it is not given. */
export function isArgument(name: string): boolean {
  return /^[-$]|^argument /.test(name) || name === WRAPPER;
}

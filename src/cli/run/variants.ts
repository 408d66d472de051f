import { UsageError } from "../args.ts";
import type { RunOptions } from "./plan.ts";
import { shellWords } from "./words.ts";

/** One of the commands that are started in turn. */
export interface Variant {
  /** What its starts are called. */
  readonly label: string | undefined;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables that it has besides ours. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the first command's starts are called where there are others, and nobody says. */
const FIRST = "A";

/**
 * The commands that are started in turn: the one behind `--`, and those of `--interleave NAME=CMD`.
 *
 * @throws {UsageError} If one of them has no name, or that of another, or is no command.
 */
export function variantsOf(
  { label, interleave }: Pick<RunOptions, "label" | "interleave">,
  command: readonly string[],
): Variant[] {
  const others = interleave.map((text): Variant => {
    // Such a name can be an operand, alone or among others.
    const [, name, words] = /^([^\s,=/\\-][^\s,=/\\]*)=([^]*)$/.exec(text) ?? [];
    if (name === undefined || words === undefined) {
      throw new UsageError(
        `Cannot run as 'interleave' must be NAME=CMD, the name without blanks, commas and ` +
          `slashes: current value is ${text === "" ? "''" : text}`,
      );
    }
    return { label: name, ...shellWords(words, "interleave") };
  });
  const first = label ?? (others.length > 0 ? FIRST : undefined);
  const all = [{ label: first, command, env: {} }, ...others];
  const twice = all.find((one, i) => all.slice(0, i).some(({ label }) => label === one.label));
  if (twice === undefined) return all;
  throw new UsageError(
    `Cannot run as names of commands must differ, and 'label' names the first ` +
      `(default ${FIRST}): current value is ${twice.label}, twice`,
  );
}

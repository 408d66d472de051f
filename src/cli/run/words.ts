import { UsageError } from "../args.ts";

/** A command as one writes it for a shell. */
export interface ShellWords {
  /** The variables that are set for it. */
  readonly env: Readonly<Record<string, string>>;
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/** One after the other they make a word: 'text', "text", \c, and what has no meaning to a shell. */
const PIECE = /'([^']*)'|"((?:[^"\\$`]|\\[^])*)"|\\([^])|([^'"\\ \t\n|&;<>()$`*?[]+)/y;
const QUOTATION = /'[^']*'|"(?:[^"\\]|\\[^])*"/y;
const BLANKS = /(?:[ \t]|\\\n)*/y;
const ASSIGNMENT = /([A-Za-z_]\w*)=/y;

/**
 * Splits a command into words as a POSIX shell does (XCU 2.2 "Quoting", 2.9.1 "Simple Commands"):
 * quotes and backslashes are taken away, and assignments before the program are its variables.
 * Nothing is expanded: what a shell would expand or act upon has to be quoted.
 *
 * @param text The command.
 * @param option The option that it is given with.
 * @throws {UsageError} If a quotation has no end, something special is not quoted, or there is no
 * program.
 */
export function shellWords(text: string, option: string): ShellWords {
  const fail = (rule: string): never => {
    throw new UsageError(`Cannot run as '${option}' must ${rule}`);
  };
  const source = text.replace(/^\s+/, "").replace(/(?<!\\)\s+$/, "");
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    at += found?.[0].length ?? 0;
    return found;
  };
  const word = (special: string) => {
    let value = "";
    const start = at;
    while (at < source.length && !/[ \t]/.test(source.charAt(at))) {
      const isSpecial = at === start && special.includes(source.charAt(at));
      const piece = isSpecial ? null : take(PIECE);
      if (piece === null) return fail(ruleFor(source, at));
      const [, single, double, escaped, plain] = piece;
      const quoted = double?.replaceAll(/\\(["\\$`\n])/g, (_, c) => c === "\n" ? "" : c);
      value += single ?? quoted ?? plain ?? (escaped === "\n" ? "" : escaped);
    }
    return value;
  };
  const env: Record<string, string> = {};
  const command: string[] = [];
  for (take(BLANKS); at < source.length; take(BLANKS)) {
    const name = command.length === 0 ? take(ASSIGNMENT)?.[1] : undefined;
    if (name !== undefined) env[name] = word("~");
    else command.push(word("~#"));
  }
  if (!command[0]) fail("have a program to run");
  return { env, command };
}

/** What is wrong at a place where no word can go on. */
function ruleFor(source: string, at: number): string {
  const begin = source.charAt(at);
  QUOTATION.lastIndex = at;
  const quotation = QUOTATION.exec(source)?.[0];
  if (/['"]/.test(begin) && quotation === undefined) {
    return `end its quotations: ${begin} is left open`;
  }
  const character = quotation === undefined ? begin : /[$`]/.exec(quotation)?.[0];
  const shown = character === "\n" ? "no line break" : `no '${character}'`;
  return `have ${shown} that a shell would act upon: quote it, or use sh -c '...'`;
}

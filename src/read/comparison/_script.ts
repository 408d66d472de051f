/** What a shell is given to run with `-c`, where that is one program in the end. */
export interface Script {
  /** What is run before it, as it is written: `cd /srv`; empty: nothing. */
  readonly before: string;
  /** The variables that are set for it. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** The program and its arguments, without quotes; what the shell puts in stands as it is written. */
  readonly words: readonly string[];
}

/** One word of a script. */
interface Word {
  readonly text: string;
  /** Whether it can become several words, or none, or others. */
  readonly isLoose: boolean;
}

/** What stands between two operators. */
interface Part {
  readonly words: readonly Word[];
  /** Where it begins. */
  readonly from: number;
  readonly isRedirected: boolean;
  /** The operator before it, and the one behind it; empty: none. */
  readonly after: string;
  readonly until: string;
}

/** Blanks, and a comment behind them. */
const BLANKS = /(?:[ \t]|\\\n)*(?:#[^\n]*)?/y;
const REDIRECTION = /\d*(?:>>?(?:&[\d-])?|<(?![<(&]))/y;
const OPERATOR = /&&|\|\||[;&|\n]/y;
/** What the shell puts in, if that has no quotes of its own: `$X`, `${X:-y}`, `$(mktemp -d)`. */
const INSERTED = /\$(?:[A-Za-z_]\w*|\{[^{}'"`\\]*\}|\([^()'"`\\]*\))/y;
/** One after the other they make a word: 'text', \c, and what is plain, as a hidden secret is. */
const PIECE = /'([^'$`]*)'|\\([^$`])|(\[redacted\]|[^'"\\\s|&;<>()$`*?[\]{}]+)/y;
/** What stands for the names of files, or for several words. */
const PATTERN = /[*?[\]{}]/y;
/** What stands in double quotes. */
const QUOTED = /\\(["\\\n])|((?:[^"\\$`]|\\(?!["\\$`\n]))+)/y;
const QUOTE = /"/y;

/** What sets something up, and ends: what comes behind it is the program. */
const SETS_UP =
  /^(?:cd|export|unset|set|ulimit|umask|trap|\.|source|true|:|\[|test|echo|printf|sleep|sync|mkdir|rm|mv|cp|ln|touch|chmod)$/;

/**
 * Reads a script as a POSIX shell does (Shell Command Language, 2.2 "Quoting", 2.9 "Shell Commands"),
 * if it is a program in the end, be it behind other commands. That is sure where the last command
 * begins with `exec`, or all others are known to set something up.
 *
 * @param source the script.
 * @returns what it runs; `undefined` where that is not sure: a pipe, a loop, a redirection, patterns,
 * words that the shell makes.
 */
export function readScript(source: string): Script | undefined {
  const parts = partsOf(source);
  const last = parts?.at(-1);
  if (parts === undefined || last === undefined) return undefined;
  const isRest = /^[&|]/.test(last.until) || last.after.startsWith("|") || last.isRedirected;
  const program = last.words.findIndex(({ text }) => !isAssignment(text));
  if (isRest || program === -1) return undefined;
  const others = parts.slice(0, -1);
  const isExec = last.words[program]?.text === "exec";
  const isSure = others.every(({ words }) => {
    const first = words.find(({ text }) => !isAssignment(text));
    const isReplaced = words.some(({ text }) => text === "exec");
    return isExec ? !isReplaced : first === undefined || SETS_UP.test(first.text);
  });
  const words = last.words.slice(isExec ? program + 1 : program);
  const isOption = words[0]?.text.startsWith("-") ?? true;
  const isLoose = words.some((word) => word.isLoose && !isAssignment(word.text));
  if (!isSure || isOption || isLoose) return undefined;
  return {
    before: source.slice(0, last.from).trim().replace(/\s*(?:&&|[;&])$/, ""),
    variables: last.words.slice(0, program).map(({ text }) => assignmentOf(text)),
    words: words.map(({ text }) => text),
  };
}

/** Whether a word is `NAME=VALUE`. */
export function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

/** Takes `NAME=VALUE` apart. */
export function assignmentOf(word: string): [name: string, value: string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}

/** What stands between operators, and is not empty; `undefined` where not all is understood. */
function partsOf(source: string): Part[] | undefined {
  const reader = new Reader(source);
  const parts: Part[] = [];
  let words: Word[] = [];
  let [from, isRedirected, after] = [0, false, ""];
  const end = (until: string) => {
    if (words.length > 0) {
      parts.push({ words, from, isRedirected, after, until });
      [words, isRedirected, after] = [[], false, until];
    }
    from = reader.at;
  };
  for (reader.take(BLANKS); !reader.isOver; reader.take(BLANKS)) {
    if (reader.take(REDIRECTION)) {
      isRedirected = true;
      continue;
    }
    const operator = reader.take(OPERATOR)?.[0];
    if (operator !== undefined) {
      end(operator);
      continue;
    }
    const word = wordOf(reader);
    if (word === undefined) return undefined;
    words.push(word);
  }
  end("");
  return parts;
}

/** The next word; `undefined` where it is not understood. */
function wordOf(reader: Reader): Word | undefined {
  let text = "";
  let isLoose = false;
  const from = reader.at;
  while (!reader.isAtEnd) {
    const piece = reader.take(PIECE);
    if (piece !== null) {
      const [, quoted, escaped, plain = ""] = piece;
      text += quoted ?? (escaped === "\n" ? "" : escaped) ?? plain;
      continue;
    }
    if (reader.take(QUOTE)) {
      const quoted = quotedOf(reader);
      if (quoted === undefined) return undefined;
      text += quoted;
      continue;
    }
    const inserted = reader.take(INSERTED) ?? reader.take(PATTERN);
    if (inserted === null) return undefined;
    text += inserted[0];
    isLoose = true;
  }
  return reader.at > from ? { text, isLoose } : undefined;
}

/** What stands behind a double quote, to the next one. */
function quotedOf(reader: Reader): string | undefined {
  let text = "";
  while (!reader.take(QUOTE)) {
    const piece = reader.take(QUOTED);
    const inserted = piece ?? reader.take(INSERTED);
    if (inserted === null) return undefined;
    const [all, escaped, plain] = inserted;
    text += piece === null ? all : escaped === "\n" ? "" : escaped ?? plain ?? "";
  }
  return text;
}

/** A text, and how far it is read. */
class Reader {
  at = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  get isOver(): boolean {
    return this.at >= this.#source.length;
  }

  /** Whether a word ends here. */
  get isAtEnd(): boolean {
    return this.isOver || /[ \t\n|&;<>]/.test(this.#source.charAt(this.at));
  }

  /** What matches here, and is passed by then. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#source);
    this.at += found?.[0].length ?? 0;
    return found;
  }
}

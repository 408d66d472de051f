/**
 * Words for a POSIX shell.
 *
 * @module
 */

/**
 * Writes a word so that a shell reads it as it is (POSIX.1-2024, Shell Command Language, 2.2.2):
 * plain where nothing in it is special, else in single quotes.
 *
 * @param word any text.
 * @returns its text in a command.
 */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : inQuotes(word);
}

/** Writes a command, word by word, so that a shell reads it as it is. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** Whether a program is a POSIX shell, by its name. */
export function isShell(program: string): boolean {
  return /(?:^|\/)(?:ba|da|z|k)?sh$/.test(program);
}

/**
 * Writes a text in single quotes, whatever is in it.
 *
 * @param text any text.
 * @returns its text in a command.
 */
export function inQuotes(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

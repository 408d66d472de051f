/**
 * How much room text takes in a terminal.
 *
 * @module
 */

/** What takes no column: combining marks and what formats (joiners, variation selectors). */
const ZERO = /\p{Mn}|\p{Me}|\p{Cf}/u;
/** What takes two columns: East Asian wide and full-width (UAX #11), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** What a terminal would obey, or what would hide or turn round text: controls and bidi marks. */
// deno-lint-ignore no-control-regex -- controls are what it is to find
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu;
const ASCII = /^[\u0020-\u007e]*$/;

/**
 * Makes text from a file safe to show on one line.
 *
 * @param text any text.
 * @returns the text with everything a terminal would obey replaced by `\u{fffd}`.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, "\u{fffd}");
}

/**
 * Counts the columns that text takes in a terminal.
 *
 * @param text text without control characters.
 * @returns the number of columns.
 */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/**
 * Cuts text that is too long, with an ellipsis.
 *
 * @param text text without control characters.
 * @param width how many columns there are.
 * @returns the text, or as much of it as fits before `…`.
 */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let [result, left] = ["", width - 1];
  for (const character of text) {
    left -= widthOfCharacter(character);
    if (left < 0) break;
    result += character;
  }
  return `${result.trimEnd()}…`;
}

function widthOfCharacter(character: string): number {
  if (ASCII.test(character)) return 1;
  return ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

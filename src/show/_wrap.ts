/** Long text in lines, of which nothing is cut. */
import { printable, widthOf } from "./width.ts";

/**
 * Breaks text into lines between words, and within one only where it is longer than a line. Control
 * characters are replaced.
 *
 * @param text the text.
 * @param width how many columns there are.
 * @param indent what the second line and all others begin with.
 * @returns the lines; none for no text.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  let isEmpty = true;
  const end = () => {
    lines.push(line.trimEnd());
    [line, isEmpty] = [indent, true];
  };
  for (const word of printable(text).split(" ").filter((word) => word !== "")) {
    if (!isEmpty) {
      if (widthOf(line) + 1 + widthOf(word) > width) end();
      else line += " ";
    }
    for (const character of word) {
      if (!isEmpty && widthOf(line) + widthOf(character) > width) end();
      line += character;
      isEmpty = false;
    }
  }
  if (!isEmpty) lines.push(line);
  return lines;
}

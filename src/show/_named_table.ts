/** Tables of numbers in which each line has a name, which is never cut. */
import { table } from "./table.ts";
import { printable, widthOf } from "./width.ts";
import { wrap } from "./_wrap.ts";

/** How wide the lines are at most: numbers alone take 60, and a line each reads best. */
const WIDTH = 100;
/** Before names, and between columns. */
const GAP = 2;
/** So much room at least is worth a column of names, and no more than that. */
const [LEAST, MOST] = [12, 40];

/**
 * Lays out lines that begin with a name. A name for which there is no room beside its numbers stands
 * above them, on a line of its own; so do all where there is hardly room for any.
 *
 * @param cells the lines, the names first.
 * @param align how the numbers are aligned.
 * @returns lines of at most 100 columns, unless the numbers alone take more.
 */
export function namedTable(
  cells: readonly (readonly string[])[],
  align: readonly ("left" | "right")[],
): string {
  const numbers = align.map((_, column) =>
    Math.max(0, ...cells.map((line) => widthOf(printable(line[column + 1] ?? ""))))
  );
  const room = Math.min(MOST, WIDTH - GAP - numbers.reduce((sum, width) => sum + GAP + width, 0));
  const names = cells.map(([name = ""]) => printable(name));
  const longest = Math.max(0, ...names.map(widthOf));
  const fits = (name: string) => widthOf(name) <= room && (room >= LEAST || longest <= room);
  const lines = table(
    cells.map(([name = "", ...rest], i) => [fits(names[i] ?? "") ? name : "", ...rest]),
    { align: ["left", ...align], width: Infinity },
  ).trimEnd().split("\n");
  return lines.map((line, i) => {
    const name = names[i] ?? "";
    if (fits(name)) return `${line}\n`;
    const above = wrap(name, WIDTH - GAP, "  ").map((part) => `${" ".repeat(GAP)}${part}\n`).join(
      "",
    );
    // Numbers that need all of the line are not indented further than names.
    return `${above}${room < 0 ? line.slice(GAP) : line}\n`;
  }).join("");
}

/**
 * Tables of text.
 *
 * @module
 */
import { cut, printable, widthOf } from "./width.ts";

/** Between columns. */
const GAP = "  ";
/** No column is cut to less. */
const LEAST = 8;

/** How a table is laid out. */
export interface TableOptions {
  /** How each column is aligned; those on the left are cut where a line would be too long. */
  readonly align: readonly ("left" | "right")[];
  /** How many columns of the terminal there are. @default {80} */
  readonly width?: number;
}

/**
 * Lays out cells in columns, indented by two, cutting the longest texts with `…` where a line
 * would be too long. Control characters in cells are replaced.
 *
 * @param cells the lines; missing cells are empty.
 * @param options how to align and how wide.
 * @returns the lines without trailing blanks, each ended by a newline.
 */
export function table(cells: readonly (readonly string[])[], options: TableOptions): string {
  const { align, width = 80 } = options;
  const lines = cells.map((line) => align.map((_, column) => printable(line[column] ?? "")));
  const widths = align.map((_, column) =>
    Math.max(0, ...lines.map((line) => widthOf(line[column] ?? "")))
  );
  shrink(widths, align, width - GAP.length * align.length);
  return lines.map((line) => {
    const padded = line.map((cell, column) => {
      const room = widths[column] ?? 0;
      const text = cut(cell, room);
      const blank = " ".repeat(room - widthOf(text));
      return align[column] === "right" ? blank + text : text + blank;
    });
    return `${GAP}${padded.join(GAP)}`.trimEnd() + "\n";
  }).join("");
}

/** Takes from the widest columns on the left until they fit. */
function shrink(widths: number[], align: TableOptions["align"], room: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  while (excess-- > 0) {
    const texts = widths.map((width, column) => align[column] === "left" ? width : 0);
    const widest = Math.max(...texts);
    if (widest <= LEAST) return;
    widths[texts.lastIndexOf(widest)] = widest - 1;
  }
}

/**
 * The spans of a start for people, by what each one held it up.
 *
 * @module
 */
import type { Blamed } from "../read/blame/blame.ts";
import type { Start } from "../read/start.ts";
import { inUnitOf } from "./_unit.ts";
import { formatDurations } from "./duration.ts";
import { table } from "./table.ts";
import { headline } from "./time_text.ts";

/** How many spans are shown at most, */
const MOST = 18;
/** and of how much at least, in per cent. */
const LEAST = 0.5;
/** The columns of a line with slack. */
const WIDE = 120;

/**
 * Writes which spans a start waited for.
 *
 * @param start its facts.
 * @param blamed its spans, from `blame()`.
 * @param all whether to show every one of them, those that are not on the path with their slack.
 * @returns the sentence of `headline()`; one line per span, at most 18 and of at least 0.5 %, with
 * its time on the path, its own, all of it, when it began, its share, process and name, and one for
 * all that are smaller; the total, to which the first column as it is written sums. Lines have at
 * most 80 columns, with `all` 120.
 */
export function blameText(start: Start, blamed: readonly Blamed[], all = false): string {
  const onPath = blamed.filter(({ onPath }) => onPath > 0n);
  const shown = all ? blamed : onPath.slice(0, MOST).filter(({ share }) => share >= LEAST);
  const rest = all ? [] : onPath.slice(shown.length);
  const lines: readonly Line[] = [...shown, ...(rest.length > 0 ? [sumOf(rest)] : [])];
  const times = formatDurations(lines.map((line) => line.onPath));
  const tell = inUnitOf(start.end - start.launch);
  const cells = lines.map((line, i) => {
    const { onPath, self, total, slack, share, process, name } = line;
    const [own, whole, begins, left] = [self, total, line.start, slack]
      .map((ns) => ns === undefined ? "" : tell(ns));
    const part = onPath > 0n ? [times.parts[i] ?? "", `${share.toFixed(1)}%`] : ["-", "-"];
    const cell = [part[0] ?? "", own ?? "", whole ?? "", begins ?? ""];
    return [...cell, ...(all ? [left ?? ""] : []), part[1] ?? "", process ?? "", name];
  });
  const sum = [times.total, "", "", "", ...(all ? [""] : []), "100.0%", "", "total"];
  const head = ["on path", "self", "total", "start", ...(all ? ["slack"] : [])];
  const body = table([
    [...head, "share", "process", "span"],
    ...cells,
    ...(lines.length ? [sum] : []),
  ], {
    align: [...head.map(() => "right" as const), "right", "left", "left"],
    ...(all && { width: WIDE }),
  });
  return lines.length > 0 ? `${headline(start)}\n\n${body}` : `${headline(start)}\n`;
}

/** A line of the table. */
type Line = Pick<Blamed, "name" | "onPath" | "share"> & Partial<Blamed>;

/** Spans that are shown as one. */
function sumOf(blamed: readonly Blamed[]): Line {
  return {
    name: `${blamed.length} smaller`,
    onPath: blamed.reduce((sum, { onPath }) => sum + onPath, 0n),
    share: blamed.reduce((sum, { share }) => sum + Math.round(share * 10), 0) / 10,
  };
}

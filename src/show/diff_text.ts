/**
 * A comparison of starts for people.
 *
 * @module
 */
import type { ComparedRow, Comparison } from "../read/comparison/compare.ts";
import type { IdentityComparison } from "../read/comparison/identity_comparison.ts";
import type { Side } from "../read/comparison/sides.ts";
import {
  duration,
  intervalText,
  labelOf,
  namesOf,
  percent,
  presenceOf,
  probability,
  reasonText,
  sentence,
  shiftText,
  sideName,
  titleText,
  type Unit,
  unitOf,
  unknownTexts,
  verdictText,
} from "./_shift.ts";
import { namedTable } from "./_named_table.ts";
import { wrap } from "./_wrap.ts";

/** How wide the lines are at most. */
const WIDTH = 80;

/** How wide the name of a side may be above its column. */
const NAME_WIDTH = 11;

/** What a comparison is of. */
export interface Compared {
  readonly a: Side;
  readonly b: Side;
  readonly differences: IdentityComparison;
  readonly comparison: Comparison;
}

/**
 * Writes how two sides differ.
 *
 * @param compared the sides and what came of comparing them.
 * @param all whether to show rows that are the same, too.
 * @returns text of 80 columns, and a table of at most 100: the sentence about the total; what differs
 * between the sides; why there is no verdict, if so; the rows, the largest shift first, each with its
 * full name; what was left out.
 */
export function diffText({ a, b, differences, comparison }: Compared, all = false): string {
  const { rows, noVerdict, tested, floors } = comparison;
  const unit = unitOf(comparison);
  const shown = all ? rows : rows.filter((row) => row.kind === "total" || isNews(row));
  const hidden = rows.length - shown.length;
  const names = namesOf(a.name, b.name, NAME_WIDTH);
  const title = titleText(differences.title, names);
  const isSingle = noVerdict === "single";
  const cells = shown.map((row) => isSingle ? singleLine(row, unit) : line(row, comparison, unit));
  const head = isSingle
    ? [unit.name, names.a, names.b, "change", ""]
    : [unit.name, names.a, names.b, "shift", "95 % interval", "p", "verdict"];
  const about = [
    ...([["a", a], ["b", b]] as const).filter(([side, { name }]) => names[side] !== sideName(name))
      .map(([side, { name }]) => `${names[side]}: ${sideName(name).replaceAll(",", ", ")}`),
    ...(title === "" ? [] : [`differs: ${title}`]),
    ...(differences.refused.length + differences.mixed.length === 0
      ? []
      : [`mixed: ${mixedText(differences)}`]),
    ...unknownTexts(differences.unknown, names),
    ...[a, b].filter(({ failed }) => failed > 0).map(({ name, failed }) =>
      `left out of ${sideName(name)}: ${failed} that did not become ready, or not yet`
    ),
  ];
  const small = `${percent(floors.change)} and ${duration(floors.time)}`;
  const notes = [
    ...(hidden === 0 ? [] : [
      noVerdict === undefined
        ? `${hidden} more rows are the same (--all)`
        : `${hidden} more rows shifted by less than ${small} (--all)`,
    ]),
    ...(noVerdict === undefined
      ? [
        `floors ${small}; p corrected for ${tested} tested rows, the total tested alone`,
        `±: half the interquartile range; ~N: N runs on each side would probably tell`,
        ...(all
          ? ["same is also what appears or vanishes and is less than the floor of time"]
          : []),
      ]
      : []),
  ];
  const align = isSingle
    ? ["right", "right", "right", "right"] as const
    : ["right", "right", "right", "right", "right", "left"] as const;
  const lines = (texts: readonly string[], indent = "  ") =>
    texts.flatMap((text) => wrap(text, WIDTH, indent)).map((text) => `${text}\n`).join("");
  return [
    lines([sentence(comparison)], ""),
    lines(about) + lines(noVerdict === undefined ? [] : [reasonText(noVerdict, comparison)], ""),
    cells.length === 0 ? "" : namedTable([head, ...cells], align),
    lines(notes),
  ].filter((part) => part !== "").join("\n");
}

/** Whether a row is worth a line where not all are asked for. */
function isNews({ verdict, shift, floor }: ComparedRow): boolean {
  return verdict === undefined ? Math.abs(shift) > floor : verdict !== "same";
}

function line(row: ComparedRow, comparison: Comparison, unit: Unit): string[] {
  const { runs } = comparison;
  const presence = presenceOf(row, comparison);
  return [
    `${labelOf(row)}${presence && `, ${presence}`}`,
    unit.side(row.a, runs.a),
    unit.side(row.b, runs.b),
    shiftText(row, unit),
    intervalText(row, unit),
    row.p === undefined ? "" : probability(row.p),
    verdictText(row),
  ];
}

function singleLine(row: ComparedRow, unit: Unit): string[] {
  const { a, b, shift, share } = row;
  const isChange = a !== undefined && b !== undefined && share !== undefined;
  const change = isChange ? `${shift < 0 ? "-" : "+"}${percent(share)}` : "";
  return [labelOf(row), unit.side(a, 1), unit.side(b, 1), shiftText(row, unit), change];
}

function mixedText({ refused, mixed }: IdentityComparison): string {
  const names = [...refused, ...mixed].map(({ name }) => name);
  return [...new Set(names)].join(", ");
}

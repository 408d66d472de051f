/** How the numbers of comparisons are written, in text and in Markdown. */
import type { ComparedRow, Comparison, NoVerdict, RowSide } from "../read/comparison/compare.ts";
import type { Difference, Unknown } from "../read/comparison/identity_comparison.ts";
import { formatDuration } from "./duration.ts";
import { printable, widthOf } from "./width.ts";

/** The names of two sides, short enough for what they stand in. */
export interface Names {
  readonly a: string;
  readonly b: string;
}

/** The names of two sides; `A` and `B` where one is wider than so many columns. */
export function namesOf(a: string, b: string, width: number): Names {
  const names = { a: sideName(a), b: sideName(b) };
  return Math.max(widthOf(names.a), widthOf(names.b)) > width ? { a: "A", b: "B" } : names;
}

/** A duration that may have a fraction of a nanosecond. */
export function duration(ns: number): string {
  return formatDuration(BigInt(Math.round(ns)));
}

/** With its sign: `+1.23 s`. */
export function signed(ns: number): string {
  return ns < 0 ? duration(ns) : `+${duration(ns)}`;
}

/** `26 %`, `2.5 %`. */
export function percent(share: number): string {
  const value = Math.abs(share * 100);
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** `0.002`, `<0.001`. */
export function probability(p: number): string {
  return p < 0.001 ? "<0.001" : p.toFixed(3);
}

/** What took the time: `import (Worker)`. */
export function labelOf({ phase, process }: Pick<ComparedRow, "phase" | "process">): string {
  return printable(process === undefined ? phase : `${phase} (${process})`);
}

/** In how many starts of each side a row is, if not in all: `in 3/6 and 6/6`. */
export function presenceOf({ a, b }: ComparedRow, { runs }: Comparison): string {
  const [inA, inB] = [a?.present ?? 0, b?.present ?? 0];
  const isSome = inA > 0 && inA < runs.a || inB > 0 && inB < runs.b;
  return isSome ? `in ${inA}/${runs.a} and ${inB}/${runs.b}` : "";
}

/** `±3 %`, if there is more than one. */
function spreadOf({ spread }: RowSide, runs: number): string {
  return runs > 1 ? ` ±${(spread * 100).toFixed(0)}%` : "";
}

/** `35.22 s ±3%`, and in how many runs it is, if not in all; `-` where the side does not have it. */
export function sideText(side: RowSide | undefined, runs: number): string {
  if (side === undefined) return "-";
  const some = side.present < runs ? ` ${side.present}/${runs}` : "";
  return duration(side.median) + spreadOf(side, runs) + some;
}

/** The numbers of a table, all in one unit. */
export interface Unit {
  /** What stands above them. */
  readonly name: "seconds" | "milliseconds";
  /** `35.22`. */
  format(ns: number): string;
  /** `+1.23`. */
  signed(ns: number): string;
  /** `35.22 ±3%`. */
  side(side: RowSide | undefined, runs: number): string;
}

/** Seconds, or milliseconds where the total is less than one. */
export function unitOf({ rows }: Comparison): Unit {
  const total = rows.find(({ kind }) => kind === "total");
  const isShort = Math.max(total?.a?.median ?? 0, total?.b?.median ?? 0) < 1e9;
  const [step, places] = isShort ? [1e5, 1] : [1e7, 2];
  const format = (ns: number) => {
    // As durations are: halves away from 0.
    const steps = Math.sign(ns) * Math.round(Math.abs(ns) / step);
    return (steps / 10 ** places).toFixed(places);
  };
  return {
    name: isShort ? "milliseconds" : "seconds",
    format,
    signed: (ns) => `${ns < 0 ? "" : "+"}${format(ns)}`,
    side: (side, runs) => side === undefined ? "-" : format(side.median) + spreadOf(side, runs),
  };
}

/** `+1.23`; nothing where one side does not tell. */
export function shiftText(row: ComparedRow, unit: Unit): string {
  return isUntold(row) ? "" : unit.signed(row.shift);
}

/** Whether a side does not tell a row, so that nothing shifted: a phase that it lacks took 0. */
export function isUntold({ kind, a, b }: ComparedRow): boolean {
  return kind === "first_token" && (a === undefined || b === undefined);
}

/** `+27.27..+36.60`. */
export function intervalText({ low, high, confidence }: ComparedRow, unit: Unit): string {
  return confidence === 0 ? "" : `${unit.signed(low)}..${unit.signed(high)}`;
}

/** `improved`; `inconclusive ~14`: so many runs on each side would tell. */
export function verdictText({ verdict, needed, p }: ComparedRow): string {
  if (verdict !== "inconclusive" || p === undefined) return verdict ?? "";
  return `${verdict} ${needed === undefined ? ">200" : `~${needed}`}`;
}

/**
 * The one sentence: `total 35.22 s -> 26.14 s: improved by 9.08 s (26 %), p = 0.002, n = 6 + 6`.
 */
export function sentence({ rows, runs, noVerdict }: Comparison): string {
  const total = rows.find(({ kind }) => kind === "total");
  if (total?.a === undefined || total.b === undefined) return "";
  const { a, b, shift, share = 0, low, high, p, verdict, needed } = total;
  const by = `${duration(Math.abs(shift))} (${percent(share)})`;
  const moved = `${shift < 0 ? "shorter" : "longer"} by ${by}`;
  const range = `95 % interval ${signed(low)} to ${signed(high)}`;
  const said = verdict === "regressed" || verdict === "improved"
    ? `${verdict} by ${by}`
    : verdict === undefined
    ? `${moved}${noVerdict === "single" ? "" : ", no verdict"}`
    : verdict === "same"
    ? `same, ${range}`
    : `inconclusive, ${moved}, ${range}`;
  const parts = [
    `total ${duration(a.median)} -> ${duration(b.median)}: ${said}`,
    ...(p === undefined ? [] : [p < 0.001 ? "p < 0.001" : `p = ${probability(p)}`]),
    `n = ${runs.a} + ${runs.b}`,
  ];
  const more = verdict === "inconclusive"
    ? `; ${needed === undefined ? "more than 200" : `about ${needed}`} each would tell`
    : "";
  return `${parts.join(", ")}${more}`;
}

/** Why there are no verdicts, and what to do. */
export function reasonText(
  reason: NoVerdict,
  { runs, leastP, least }: Comparison,
): string {
  switch (reason) {
    case "none":
      return "No verdict: a side has no start that became ready.";
    case "single":
      return `One start each: nothing tells a difference from noise. Take 6 of each in turn ` +
        `(coldtrace run -n 6 --interleave).`;
    case "few":
      return `No verdict: of ${runs.a} + ${runs.b} runs even the largest difference has p = ` +
        `${probability(leastP)}. At least ${least} + ${least} are needed for the total, ` +
        `6 + 6 for up to 23 rows.`;
    case "blocks":
      return `No verdict: the runs were taken in blocks, not in turn, and machines change their ` +
        `state for minutes. Take them in turn, with labels of their own (coldtrace run --interleave).`;
  }
}

/** What the comparison is of: `--enforce-eager only in B`. */
export function titleText(title: readonly Difference[], { a, b }: Names): string {
  return title.map((difference) => {
    const { name } = difference;
    const [ours, theirs] = [difference.a, difference.b].map((value) =>
      value === undefined ? undefined : printable(value)
    );
    const with_ = (value: string) => value === "" ? name : `${name} ${value}`;
    if (theirs === undefined) return `${with_(ours ?? "")} only in ${a}`;
    if (ours === undefined) return `${with_(theirs)} only in ${b}`;
    return `${name} ${ours || "none"} -> ${theirs || "none"}`;
  }).join(", ");
}

/**
 * What cannot be compared, a line for each side that does not tell it, or both: `not known of B, and so
 * not compared: compile cache`.
 */
export function unknownTexts(unknown: readonly Unknown[], { a, b }: Names): string[] {
  const sides = [["a", a], ["b", b], ["both", "either side"]] as const;
  return sides.flatMap(([side, name]) => {
    const names = unknown.filter((fact) => fact.of === side).map((fact) => fact.name);
    return names.length === 0
      ? []
      : [`not known of ${name}, and so not compared: ${names.join(", ")}`];
  });
}

/** A side's name; of a file that without its folders. */
export function sideName(name: string): string {
  const isPath = /[/\\]/.test(name) && !name.includes(",");
  return printable(isPath ? name.split(/[/\\]/).at(-1) ?? name : name);
}

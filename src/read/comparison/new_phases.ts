/**
 * Phases that starts have which they did not have before: what they cost.
 *
 * @module
 */
import { hodgesLehmann } from "../statistics/hodges_lehmann.ts";
import { mannWhitney } from "../statistics/mann_whitney.ts";
import { median } from "../statistics/quantiles.ts";
import { type Comparison, LEVEL } from "./compare.ts";
import { cameOrWent, type RowValues, valuesByRow } from "./_values.ts";
import type { RunVector } from "./vector.ts";

/** What appeared in a process and takes longer than what vanished of it; durations are in ns. */
export interface NewPhases {
  /** What appeared, the longest first. */
  readonly appeared: readonly Pick<RowValues, "phase" | "process">[];
  /** Whether something vanished instead, which took less. */
  readonly isInstead: boolean;
  /** By how much longer it takes. */
  readonly shift: number;
  /** The p-value of the rank-sum test, corrected as if these were rows among the tested ones. */
  readonly p: number;
  /** Whether that is significant; if not, it is so only where no other rows were tested. */
  readonly isSure: boolean;
}

/**
 * Finds phases that appeared and are a cost that was not there.
 *
 * A phase that has another name now, as after an update of the engine, is none: one appeared, one
 * vanished that took as long. So what appeared in a process, all of it together, is judged as one row
 * that has grown from what vanished in it. A process that one side alone has may have another name,
 * too: such ones count as one, with all that is unattributed.
 *
 * @param a the runs of the one side.
 * @param b those of the other.
 * @param comparison what came of comparing them; without verdicts nothing is found.
 * @param counts which rows count. @default {all}
 * @returns those beyond the floors that are significant, by themselves at least.
 */
export function newPhases(
  a: readonly RunVector[],
  b: readonly RunVector[],
  { noVerdict, tested, floors }: Comparison,
  counts: (row: RowValues) => boolean = () => true,
): NewPhases[] {
  if (noVerdict !== undefined) return [];
  const processes = [a, b].map((runs) =>
    new Set(runs.flatMap(({ rows }) => rows.map(({ process }) => process)))
  );
  const changed = valuesByRow(a, b)
    .filter((row) => row.kind === "phase" && cameOrWent(row) !== undefined && counts(row));
  const groups = Map.groupBy(
    changed,
    ({ process }) => processes.every((names) => names.has(process)) ? process : undefined,
  );
  const grown = [...groups.values()].filter((rows) =>
    rows.some((row) => cameOrWent(row) === "appeared")
  );
  return grown.flatMap((rows): NewPhases[] => {
    const [was, is] = [sums(rows.map((row) => row.a)), sums(rows.map((row) => row.b))];
    const { value: shift } = hodgesLehmann(was, is);
    const { p } = mannWhitney(was, is);
    if (p > LEVEL || shift <= Math.max(floors.change * median(was), floors.time)) return [];
    const corrected = Math.min(1, p * (tested + grown.length));
    const appeared = rows.filter((row) => cameOrWent(row) === "appeared")
      .sort((x, y) => median(y.b) - median(x.b));
    const isInstead = appeared.length < rows.length;
    return [{ appeared, isInstead, shift, p: corrected, isSure: corrected <= LEVEL }];
  });
}

/** Run by run, over all rows. */
function sums(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, run) => rows.reduce((sum, row) => sum + (row[run] ?? 0), 0));
}

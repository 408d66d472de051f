import { keyOf, type RunVector } from "./vector.ts";

/** How large a part of the runs of a side must have a row that is said to have appeared. */
export const NEARLY_ALL = 0.8;

/** What a row was in each run of two sides, in nanoseconds. */
export interface RowValues {
  readonly kind: "total" | "first_token" | "phase";
  readonly phase: string;
  readonly process?: string;
  /**
   * Of each run on the one side; of a run that does not have it, 0. Of the first token only of those
   * that tell it: one that was not seen is not 0.
   */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** How many runs there are. */
  readonly runs: { readonly a: number; readonly b: number };
  /** How many have it. */
  readonly present: { readonly a: number; readonly b: number };
}

/**
 * The total, the first token (where any run tells it) and the phases of two sides.
 */
export function valuesByRow(a: readonly RunVector[], b: readonly RunVector[]): RowValues[] {
  const runs = [...a, ...b];
  const count = { a: a.length, b: b.length };
  const split = (values: readonly number[]) => ({
    a: values.slice(0, a.length),
    b: values.slice(a.length),
    runs: count,
    present: count,
  });
  const result: RowValues[] = [
    { kind: "total", phase: "total", ...split(runs.map(({ total }) => total)) },
  ];
  const tokens = { a: firstTokensOf(a), b: firstTokensOf(b) };
  if (tokens.a.length + tokens.b.length > 0) {
    result.push({
      kind: "first_token",
      phase: "first token",
      ...tokens,
      runs: count,
      present: { a: tokens.a.length, b: tokens.b.length },
    });
  }
  const byRun = runs.map(({ rows }) => new Map(rows.map((row) => [keyOf(row), row])));
  const names = new Map(byRun.flatMap((rows) => [...rows]));
  for (const [key, { process, phase }] of names) {
    const found = byRun.map((rows) => rows.get(key)?.ns);
    const seen = (some: typeof found) => some.filter((ns) => ns !== undefined).length;
    result.push({
      kind: "phase",
      phase,
      ...(process !== undefined && { process }),
      ...split(found.map((ns) => ns ?? 0)),
      present: { a: seen(found.slice(0, a.length)), b: seen(found.slice(a.length)) },
    });
  }
  return result;
}

/** Whether a row is in nearly all runs of one side, and in none of the other. */
export function cameOrWent(
  { runs, present }: Pick<RowValues, "runs" | "present">,
): "appeared" | "vanished" | undefined {
  if (present.a === 0 && present.b >= NEARLY_ALL * runs.b) return "appeared";
  if (present.b === 0 && present.a >= NEARLY_ALL * runs.a) return "vanished";
  return undefined;
}

/** When the runs had their first token, of those that tell it. */
export function firstTokensOf(runs: readonly RunVector[]): number[] {
  return runs.map(({ firstToken }) => firstToken).filter((time) => time !== undefined);
}

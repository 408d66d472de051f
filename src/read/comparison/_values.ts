import { keyOf, type RunVector } from "./vector.ts";

/** What a row was in each run of two sides, in nanoseconds. */
export interface RowValues {
  readonly kind: "total" | "first_token" | "phase";
  readonly phase: string;
  readonly process?: string;
  /** Of each run on the one side; of a run that does not have it, 0. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** How many runs have it. */
  readonly present: { readonly a: number; readonly b: number };
}

/**
 * The total, the first token and the phases of two sides. The first token is a row where all runs
 * of both sides tell it: one that was not seen is not 0.
 */
export function valuesByRow(a: readonly RunVector[], b: readonly RunVector[]): RowValues[] {
  const runs = [...a, ...b];
  const split = (values: readonly number[]) => ({
    a: values.slice(0, a.length),
    b: values.slice(a.length),
    present: { a: a.length, b: b.length },
  });
  const result: RowValues[] = [
    { kind: "total", phase: "total", ...split(runs.map(({ total }) => total)) },
  ];
  const tokens = runs.map(({ firstToken }) => firstToken).filter((time) => time !== undefined);
  if (tokens.length === runs.length) {
    result.push({ kind: "first_token", phase: "first token", ...split(tokens) });
  }
  const byRun = runs.map(({ rows }) => new Map(rows.map((row) => [keyOf(row), row])));
  const names = new Map(byRun.flatMap((rows) => [...rows]));
  for (const [key, { process, phase }] of names) {
    const found = byRun.map((rows) => rows.get(key)?.ns);
    const count = (some: typeof found) => some.filter((ns) => ns !== undefined).length;
    result.push({
      kind: "phase",
      phase,
      ...(process !== undefined && { process }),
      ...split(found.map((ns) => ns ?? 0)),
      present: { a: count(found.slice(0, a.length)), b: count(found.slice(a.length)) },
    });
  }
  return result;
}

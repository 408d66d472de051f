// deno-lint-ignore-file no-console
import { type Check, judge, type Pair } from "../_check.ts";

/** Takes so many pairs, each thing first in turn, and prints each. */
export async function takePairs<P>(
  count: number,
  take: (reversed: boolean) => Promise<P>,
  show: (pair: P) => string,
): Promise<P[]> {
  const pairs: P[] = [];
  for (let i = 0; i < count; i++) {
    const pair = await take(i % 2 === 1);
    pairs.push(pair);
    console.log(`pair ${i + 1}: ${show(pair)}`);
  }
  return pairs;
}

/** Prints what pairs come to. Few of them have no interval. */
export function tellPairs(
  name: string,
  { by, unit }: Pick<Check, "by" | "unit">,
  pairs: readonly Pair[],
): void {
  const { baseline, subject, shift } = judge({ by, bound: () => NaN }, pairs);
  const show = (value: number) => by === "ratio" ? value.toFixed(4) : `${value.toFixed(2)} ${unit}`;
  const interval = Number.isFinite(shift.high) && shift.low > -Infinity
    ? `${show(shift.low)} to ${show(shift.high)} (99.7 %)`
    : `too few pairs for an interval`;
  console.log(
    `${name}: ${show(shift.value)}, ${interval}; ` +
      `medians ${subject.toFixed(2)} / ${baseline.toFixed(2)} ${unit}; ${pairs.length} pairs`,
  );
}

import { median, type Shift, shiftOf } from "./_statistics.ts";

/** Two things measured right after each other. */
export interface Pair {
  readonly baseline: number;
  readonly subject: number;
}

/** What may cost how much more than what. */
export interface Check {
  /** What is measured, and against what. */
  readonly name: string;
  /** The unit of both. */
  readonly unit: "ms" | "ns";
  /** `ratio` bounds subject / baseline, `difference` subject - baseline. */
  readonly by: "ratio" | "difference";
  /** The bound, where the baseline's median is this. */
  readonly bound: (baseline: number) => number;
  /** For how long pairs are taken at most, in seconds. */
  readonly seconds: number;
  /** Measures both; the subject first, if `reversed`. */
  readonly pair: (reversed: boolean) => Promise<Pair>;
}

/** `exceeded`, and `ok`: beyond the noise. */
export type Verdict = "ok" | "inconclusive" | "exceeded";

/** What pairs say about a check. */
export interface Measurement {
  readonly verdict: Verdict;
  readonly bound: number;
  /** The ratio or difference. */
  readonly shift: Shift;
  /** The medians of each alone. */
  readonly baseline: number;
  readonly subject: number;
  readonly pairs: number;
}

/** After so many pairs, and every so many more, it is seen whether there are enough. */
const BATCH = 12;
/** A bound counts as exceeded when it was exceeded this many times running. */
const ATTEMPTS = 3;

/** Measures two things in turn, so that neither is always the first. */
export function inTurn(
  baseline: () => number | Promise<number>,
  subject: () => number | Promise<number>,
): Check["pair"] {
  return async (reversed) => {
    if (!reversed) return { baseline: await baseline(), subject: await subject() };
    const first = await subject();
    return { baseline: await baseline(), subject: first };
  };
}

/**
 * Takes the least of several for each of a pair: what disturbs a process only makes it longer, so
 * the least is nearest to what it takes on a machine that does nothing else.
 */
export function leastOf(count: number, pair: Check["pair"]): Check["pair"] {
  return async (reversed) => {
    let least = { baseline: Infinity, subject: Infinity };
    for (let i = 0; i < count; i++) {
      const { baseline, subject } = await pair(reversed !== (i % 2 === 1));
      least = {
        baseline: Math.min(least.baseline, baseline),
        subject: Math.min(least.subject, subject),
      };
    }
    return least;
  };
}

/** What the pairs say. */
export function judge(check: Pick<Check, "by" | "bound">, pairs: readonly Pair[]): Measurement {
  const baseline = median(pairs.map((pair) => pair.baseline));
  const bound = check.bound(baseline);
  const shift = check.by === "difference"
    ? shiftOf(pairs.map((pair) => pair.subject - pair.baseline))
    : ratioOf(pairs);
  const verdict = shift.high <= bound ? "ok" : shift.low > bound ? "exceeded" : "inconclusive";
  const subject = median(pairs.map((pair) => pair.subject));
  return { verdict, bound, shift, baseline, subject, pairs: pairs.length };
}

/** Takes pairs until they say whether the bound holds, or the time is over. */
export async function measure(check: Check): Promise<Measurement> {
  await check.pair(false); // the first time pays for what is then cached
  const end = performance.now() + check.seconds * 1000;
  const pairs: Pair[] = [];
  for (;;) {
    pairs.push(await check.pair(pairs.length % 2 === 1));
    if (pairs.length % BATCH !== 0) continue;
    const measurement = judge(check, pairs);
    if (measurement.verdict !== "inconclusive" || performance.now() > end) return measurement;
  }
}

/** Measures again what exceeded its bound: only what does so every time has done so. */
export async function insist(
  take: () => Promise<Measurement>,
): Promise<Measurement & { attempts: number }> {
  for (let attempts = 1;; attempts++) {
    const measurement = await take();
    if (measurement.verdict !== "exceeded" || attempts === ATTEMPTS) {
      return { ...measurement, attempts };
    }
  }
}

/** Ratios are differences of logarithms. */
function ratioOf(pairs: readonly Pair[]): Shift {
  const { value, low, high } = shiftOf(
    pairs.map(({ subject, baseline }) => Math.log(subject / baseline)),
  );
  return { value: Math.exp(value), low: Math.exp(low), high: Math.exp(high) };
}

/**
 * How often a gate is wrong about a series in which nothing changed.
 *
 * @module
 */
import {
  compare,
  type ComparedRow,
  type Comparison,
  FLOORS,
  type Floors,
  LEVEL,
} from "./compare.ts";
import { newPhases } from "./new_phases.ts";
import { keyOf, type RunVector } from "./vector.ts";

/** How a series is split. */
export interface SelfTestOptions {
  /** How often. @default {1000} */
  readonly splits?: number;
  /** Where its random numbers begin; the same seed gives the same splits. @default {1} */
  readonly seed?: number;
  /** As a gate's. @default {FLOORS} */
  readonly floors?: Floors;
}

/** What a row must shift by to be found. */
export interface Detectable {
  readonly kind: ComparedRow["kind"];
  readonly phase: string;
  readonly process?: string;
  /** Its median over the series, in nanoseconds. */
  readonly median: number;
  /** Which part of it, added to one side, is found in 8 of 10 splits; absent: more than twice it. */
  readonly share?: number;
  /** Whether any shift can be found: of so many rows by so few runs none is significant, else. */
  readonly findable: boolean;
}

/** What became of a series that was split many times. */
export interface SelfTest {
  /** How many runs each side of a split had. */
  readonly runs: number;
  readonly splits: number;
  readonly seed: number;
  /** In how many of them a row, any row, regressed, or appeared and would not have passed. */
  readonly falseAlarms: number;
  /** What that is of all, 0 to 1. */
  readonly rate: number;
  /** In how many the total was inconclusive. */
  readonly inconclusive: number;
  /** The total, and the largest phases after correction for all: the power that there is. */
  readonly detectable: readonly Detectable[];
}

/** How many phases are looked at. */
const MOST_PHASES = 6;
/** How often a shift must be found. */
const POWER = 0.8;
/** How many splits are enough to find out about one shift. */
const FEW = 100;
/** The shares that are tried, the smallest first: 1 % and a quarter more each time, to 200 %. */
const SHARES: readonly number[] = Array.from({ length: 25 }, (_, i) => 0.01 * 1.25 ** i);

/**
 * Splits a series by chance, many times, and compares the halves. As a gate does, it leaves out the
 * first pair; neighbours go to different sides, as if each pair had been taken in turn.
 *
 * @param series at least 10 runs, all ready, in the order of their launch.
 * @param options how often, and by which floors.
 */
export function selfTest(series: readonly RunVector[], options: SelfTestOptions = {}): SelfTest {
  const { splits = 1000, seed = 1, floors = FLOORS } = options;
  const pairs: [RunVector, RunVector][] = [];
  for (let i = 2; i + 1 < series.length; i += 2) {
    const [first, second] = [series[i], series[i + 1]];
    if (first && second) pairs.push([first, second]);
  }
  const random = randomBits(seed);
  const sides = Array.from({ length: splits }, () => split(pairs, random));
  let [falseAlarms, inconclusive] = [0, 0];
  for (const [a, b] of sides) {
    const comparison = compare(a, b, floors);
    const { rows } = comparison;
    const isAlarm = rows.some(({ verdict }) => verdict === "regressed") ||
      newPhases(a, b, comparison).some(({ isSure }) => isSure);
    if (isAlarm) falseAlarms++;
    if (rows.some(({ kind, verdict }) => kind === "total" && verdict === "inconclusive")) {
      inconclusive++;
    }
  }
  const few = sides.slice(0, FEW);
  const [one, other] = few[0] ?? [[], []];
  return {
    runs: pairs.length,
    splits,
    seed,
    falseAlarms,
    rate: falseAlarms / splits,
    inconclusive,
    detectable: largest(compare(one, other, floors)).map((row) => detectable(row, few, floors)),
  };
}

type Split = readonly [readonly RunVector[], readonly RunVector[]];

function split(pairs: readonly (readonly [RunVector, RunVector])[], bit: () => boolean): Split {
  const [a, b]: [RunVector[], RunVector[]] = [[], []];
  for (const [first, second] of pairs) {
    const turned = bit();
    a.push(turned ? second : first);
    b.push(turned ? first : second);
  }
  return [a, b];
}

/** The total, and the phases that take the most. */
function largest({ rows }: Comparison): ComparedRow[] {
  const size = ({ a, b }: ComparedRow) => (a?.median ?? 0) + (b?.median ?? 0);
  const phases = rows.filter(({ kind }) => kind === "phase").toSorted((x, y) => size(y) - size(x));
  return [...rows.filter(({ kind }) => kind === "total"), ...phases.slice(0, MOST_PHASES)];
}

function detectable(row: ComparedRow, splits: readonly Split[], floors: Floors): Detectable {
  const { kind, phase, process, a, b } = row;
  const median = ((a?.median ?? 0) + (b?.median ?? 0)) / 2;
  const isFound = (share: number) => {
    const found = splits.filter(([a, b]) =>
      compare(a, b.map((run) => longer(run, row, share * median)), floors).rows.some((other) =>
        other.kind === kind && keyOf(other) === keyOf(row) && other.verdict === "regressed"
      )
    );
    return found.length >= POWER * splits.length;
  };
  const share = leastOf(SHARES, isFound);
  const isTestable = ([a, b]: Split) => {
    const most = b.map((run) => longer(run, row, (SHARES.at(-1) ?? 0) * median));
    const { leastP, tested } = compare(a, most, floors);
    return leastP * (kind === "total" ? 1 : tested) <= LEVEL;
  };
  return {
    kind,
    phase,
    ...(process !== undefined && { process }),
    median,
    ...(share !== undefined && { share }),
    findable: share !== undefined || splits.some(isTestable),
  };
}

/** A run in which a row took longer, and so did the whole. */
function longer(run: RunVector, row: ComparedRow, ns: number): RunVector {
  return {
    ...run,
    total: run.total + ns,
    ...(run.firstToken !== undefined && { firstToken: run.firstToken + ns }),
    rows: run.rows.map((one) =>
      row.kind === "phase" && keyOf(one) === keyOf(row) ? { ...one, ns: one.ns + ns } : one
    ),
  };
}

/** The first of ascending values that will do, if all above it do. */
function leastOf(values: readonly number[], isEnough: (value: number) => boolean) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(values[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return values[low];
}

/** Coins that fall the same way for the same seed (xorshift32, Marsaglia 2003). */
function randomBits(seed: number): () => boolean {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // The high bits are the better ones.
    return state < 0;
  };
}

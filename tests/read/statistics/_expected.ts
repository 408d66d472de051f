import expected from "./scipy/expected.json" with { type: "json" };

/** What SciPy says of two samples. */
export interface ExpectedTest {
  a: number[];
  b: number[];
  ties: boolean;
  u: number;
  /** Null where there are too many permutations. */
  exact: number | null;
  asymptotic: number;
}

interface Expected {
  rank_tests: ExpectedTest[];
  large_rank_tests: ExpectedTest[];
  shifts: { a: number[]; b: number[]; shift: number; low: number; high: number }[];
  holm: { p: number[]; holm: number[] }[];
  quantiles: { values: number[]; q1: number; median: number; q3: number }[];
  upper_tail: { z: number; p: number }[];
}

/** What `scipy/make.py` wrote. */
export const EXPECTED: Expected = expected;

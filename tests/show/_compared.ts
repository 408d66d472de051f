import { compare } from "../../src/read/comparison/compare.ts";
import { judgeGate } from "../../src/read/comparison/gate.ts";
import type { Budget } from "../../src/read/comparison/budget.ts";
import type { Identity } from "../../src/read/comparison/identity.ts";
import { differencesOf, sideOf } from "../../src/read/comparison/sides.ts";
import type { RunVector } from "../../src/read/comparison/vector.ts";
import type { Compared } from "../../src/show/diff_text.ts";
import type { Gated } from "../../src/show/gate_text.ts";

/** How many seconds more or less each start of a side takes. */
const NOISE = [0, 0.1, -0.1, 0.05, -0.05, 0.02, 0.15];

/** Starts of one side, taken in turn with those of the other. */
export interface Sketch {
  readonly name: string;
  /** Seconds by phase, which `PROCESS/PHASE` can have a process. */
  readonly phases: Readonly<Record<string, number>>;
  readonly identity?: Identity;
}

/** So many starts of a side; the first phase has the noise. */
export function starts(sketch: Sketch, count: number, turn: number): RunVector[] {
  return Array.from({ length: count }, (_, i) => {
    const rows = Object.entries(sketch.phases).map(([name, seconds], place) => {
      const [process, phase = name] = name.includes("/") ? name.split("/") : [undefined, name];
      const noise = place === 0 ? NOISE[(i + turn) % NOISE.length] ?? 0 : 0;
      const ns = Math.round((seconds + noise) * 1e9);
      return { ...(process !== undefined && { process }), phase, ns };
    });
    return {
      run: `${sketch.name}-${i}`,
      launch: BigInt(2 * i + turn),
      ready: true,
      total: rows.reduce((sum, { ns }) => sum + ns, 0),
      identity: sketch.identity ?? {},
      rows,
    };
  });
}

/** Two sides, compared. */
export function compared(a: Sketch, b: Sketch, count: number): Compared {
  const left = sideOf(a.name, starts(a, count, 0));
  const right = sideOf(b.name, starts(b, count, 1));
  return {
    a: left,
    b: right,
    differences: differencesOf(left, right),
    comparison: compare(left.runs, right.runs),
  };
}

/** Two sides, judged. */
export function gated(a: Sketch, b: Sketch, count: number, budgets: readonly Budget[] = []): Gated {
  const { a: left, b: right, differences, comparison } = compared(a, b, count);
  return { judgement: judgeGate(left, right, comparison.floors, budgets), differences };
}

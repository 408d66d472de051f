import type { Identity } from "../../../src/read/comparison/identity.ts";
import type { RunVector } from "../../../src/read/comparison/vector.ts";

/** Phases of a start of half a minute, in seconds: as of vLLM, with many small ones. */
const PHASES: Readonly<Record<string, number>> = {
  "APIServer/import": 7.5,
  "EngineCore/import": 6.5,
  "Worker/import": 6,
  "Worker/compile": 3,
  "Worker/weights": 3,
  "APIServer/gc": 1.2,
  "Worker/gc": 1,
  "EngineCore/gc": 0.8,
  "Worker/kv_cache": 0.5,
  "APIServer/http": 0.3,
  ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`Worker/small ${i}`, 0.02])),
};

/** How much of the spread all phases of a start share, and how much is each one's own: 8 % in all. */
const [SHARED, OWN] = [0.068, 0.1];

/** What happens to a machine while a series is taken. */
export type Machine = "steady" | "changes" | "slows";

/** Numbers for simulations, the same for the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 2654435761) >>> 0 || 1;
  }

  /** In [0, 1) (xorshift32, Marsaglia 2003). */
  number(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state / 2 ** 32;
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.number()));
    return radius * Math.cos(2 * Math.PI * this.number());
  }
}

/** How a series goes. */
export interface SeriesPlan {
  /** How many starts. */
  readonly starts: number;
  readonly chance: Chance;
  /**
   * `changes`: is half as fast again or not, for 8 starts at a time on the mean, as was measured;
   * `slows`: by 1 % from start to start. @default {"steady"}
   */
  readonly machine?: Machine;
  /** How much of the spread there is: of 1 the total has 8 %. @default {1} */
  readonly spread?: number;
  /** By what each phase is multiplied, by number of start and name. @default {1} */
  readonly factor?: (start: number, phase: string) => number;
  readonly identity?: Identity;
}

/** A series of simulated starts, one after another. */
export function series(plan: SeriesPlan): RunVector[] {
  const { starts, chance, machine = "steady", spread = 1, identity = {} } = plan;
  const { factor = () => 1 } = plan;
  let isSlow = chance.number() < 0.5;
  return Array.from({ length: starts }, (_, i): RunVector => {
    if (chance.number() < 1 / 8) isSlow = !isSlow;
    const state = machine === "changes" && isSlow ? 1.45 : machine === "slows" ? 1 + i / 100 : 1;
    const shared = state * (1 + spread * SHARED * chance.normal());
    const rows = Object.entries(PHASES).map(([name, seconds]) => {
      const [process = "", phase = ""] = name.split("/");
      const own = 1 + spread * OWN * chance.normal();
      return { process, phase, ns: Math.round(seconds * 1e9 * shared * own * factor(i, phase)) };
    });
    const total = rows.reduce((sum, { ns }) => sum + ns, 0);
    return {
      run: `run ${i}`,
      launch: 1_795_430_040_000_000_000n + BigInt(i) * 40_000_000_000n,
      ready: true,
      total,
      firstToken: total + 40_000_000,
      identity,
      rows,
    };
  });
}

/** A start per phase and its time in seconds; the total is their sum. */
export function run(
  start: number,
  phases: Readonly<Record<string, number>>,
  more: Partial<RunVector> = {},
): RunVector {
  const rows = Object.entries(phases).map(([name, seconds]) => {
    const [process, phase] = name.includes("/") ? name.split("/") : [undefined, name];
    return {
      ...(process !== undefined && { process }),
      phase: phase ?? "",
      ns: Math.round(seconds * 1e9),
    };
  });
  return {
    run: `run ${start}`,
    launch: BigInt(start),
    ready: true,
    total: rows.reduce((sum, { ns }) => sum + ns, 0),
    identity: {},
    rows,
    ...more,
  };
}

/** The sides of starts that were taken in turn: A B A B. */
export function inTurn(runs: readonly RunVector[]): [RunVector[], RunVector[]] {
  return [runs.filter((_, i) => i % 2 === 0), runs.filter((_, i) => i % 2 === 1)];
}

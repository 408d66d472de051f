/**
 * A replayed start of vLLM under `run` and alone, in alternating pairs, at the speed at which it was
 * recorded or faster:
 *
 *     deno run -A bench/cli/_replay_main.ts [--speed 1] [--pairs 3]
 *
 * @module
 */
import { inTurn } from "../_check.ts";
import { numbers } from "./_numbers.ts";
import { takePairs, tellPairs } from "./_pairs.ts";
import { Replays } from "./_replay.ts";

const { speed, pairs: count } = numbers(Deno.args, { speed: 1, pairs: 3 });
using replays = new Replays(speed);
const pairs = await takePairs(
  count,
  inTurn(() => replays.time("alone"), () => replays.time("under run")),
  ({ baseline, subject }) => `alone ${baseline.toFixed(1)} ms, under run ${subject.toFixed(1)} ms`,
);
tellPairs("to ready, under run / alone", { by: "ratio", unit: "ms" }, pairs);

// deno-lint-ignore-file no-console
/** A pair of replayed starts, as one line of JSON: `SPEED`, and `reversed` if `run` is first. */
import { inTurn } from "../_check.ts";
import { Replays } from "./_replay.ts";

const [speed, order] = Deno.args;
using replays = new Replays(Number(speed));
const pair = inTurn(() => replays.time("alone"), () => replays.time("under run"));
console.log(JSON.stringify(await pair(order === "reversed")));

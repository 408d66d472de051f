import { isLlama, isVllm, textFact } from "./_facts.ts";
import { seconds } from "./_amounts.ts";
import { commandOf, withArgs, withoutArg } from "./proof.ts";
import type { Finding, Trial } from "./reason.ts";
import type { Start } from "../start.ts";

/** How much of the start the first request takes at least, in per cent, to be slow. */
const LARGE = 10n;

/**
 * The first request is slow after ready: what was not made ready is made by whoever comes first.
 *
 * Sources: the events `ready` and `first_token` of the root. Seen: 15.7 s after ready of 33.4 s (vLLM
 * 0.32.0 on CPU, tensor parallel 2), 26 to 46 ms with one worker. Eager mode is not the cause where it
 * is slow with it, too; on CPU, it leaves out the warm-up before ready (`_should_warm_up_model` in
 * `v1/worker/cpu_worker.py` 0.32.0), so that the first request is the first to run the model.
 * `--no-warmup` is llama.cpp's.
 *
 * The only reason whose time is after ready.
 */
export function firstRequest(start: Start): Finding | undefined {
  const { firstToken, end, launch, ready } = start;
  if (!ready || firstToken === undefined) return undefined;
  const took = firstToken - end;
  if (took * 100n < LARGE * (end - launch)) return undefined;
  const trial = trialFor(start);
  return {
    id: "first-request",
    title: "The first request is slow",
    time: took,
    evidence: [
      `its first token came ${seconds(took)} after ready, which took ${seconds(end - launch)}`,
    ],
    remedy: remedyFor(start),
    ...(trial && { trial }),
  };
}

function isCold(start: Start): boolean {
  return isLlama(start) && commandOf(start)?.includes("--no-warmup") === true;
}

const ASK =
  "have it asked for a token before it gets traffic, e.g. by a startupProbe that asks for one";

function remedyFor(start: Start): string {
  if (isCold(start)) return "no --no-warmup: then it is warmed up before it is ready";
  if (isNeverRun(start)) {
    return `${ASK}. The command below does not have --enforce-eager, so that it compiles, and runs ` +
      "the model once before it is ready: what that takes from the first request";
  }
  return canBeEager(start)
    ? `${ASK}. The command below compiles nothing: what of it compiling takes`
    : ASK;
}

/** Whether nothing runs the model before the first request. */
function isNeverRun(start: Start): boolean {
  return isVllm(start) && textFact(start, "coldtrace.engine.device") === "cpu" &&
    commandOf(start)?.includes("--enforce-eager") === true;
}

function canBeEager(start: Start): boolean {
  return isVllm(start) && start.root?.attributes["coldtrace.engine.enforce_eager"] !== true;
}

function trialFor(start: Start): Trial | undefined {
  if (isCold(start)) return { name: "warm", change: withoutArg("--no-warmup") };
  if (isNeverRun(start)) return { name: "warm-up", change: withoutArg("--enforce-eager") };
  return canBeEager(start) ? { name: "eager", change: withArgs("--enforce-eager") } : undefined;
}

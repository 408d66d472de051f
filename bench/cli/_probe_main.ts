/**
 * What the probe costs: real starts of vLLM under `run`, with the probe and without, in alternating
 * pairs. Where vLLM is, the variables of its tests tell:
 *
 *     COLDTRACE_TEST_VLLM=VENV COLDTRACE_TEST_MODELS=MODELS \
 *       deno run -A bench/cli/_probe_main.ts [--pairs 4]
 *
 * A start takes half a minute; the first one, which fills caches, does not count. The processor's
 * time is disturbed less by others on the machine than that to ready.
 *
 * @module
 */
import { numbers } from "./_numbers.ts";
import { takePairs, tellPairs } from "./_pairs.ts";
import { ProbedStarts, type Taken } from "./_probed.ts";

const { pairs: count } = numbers(Deno.args, { pairs: 4 });
const venv = Deno.env.get("COLDTRACE_TEST_VLLM");
const models = Deno.env.get("COLDTRACE_TEST_MODELS");
if (venv === undefined || models === undefined) {
  throw new Error("Set COLDTRACE_TEST_VLLM and COLDTRACE_TEST_MODELS");
}

interface Taking {
  readonly off: Taken;
  readonly functions: Taken;
}

using starts = new ProbedStarts(venv, models);

async function take(reversed: boolean): Promise<Taking> {
  if (!reversed) {
    return { off: await starts.time("off"), functions: await starts.time("functions") };
  }
  const functions = await starts.time("functions");
  return { off: await starts.time("off"), functions };
}

function show({ ready, processor }: Taken): string {
  return `${(ready / 1000).toFixed(2)} s to ready, ${(processor / 1000).toFixed(2)} s of processor`;
}

await starts.time("off");
const taken = await takePairs(
  count,
  take,
  ({ off, functions }) => `off ${show(off)}; functions ${show(functions)}`,
);
for (const what of ["ready", "processor"] as const) {
  const pairs = taken.map(({ off, functions }) => ({
    baseline: off[what],
    subject: functions[what],
  }));
  const name = what === "ready" ? "to ready" : "processor's time";
  tellPairs(`${name}, functions / off`, { by: "ratio", unit: "ms" }, pairs);
  tellPairs(`${name}, functions - off`, { by: "difference", unit: "ms" }, pairs);
}

import type { SamplerConfig } from "./addon.ts";
import type { SamplingOptions } from "../protocol.ts";

/** How much less likely a token gets that the answer has already: small models loop without it. */
const REPEAT_PENALTY = 1.1;

/** llama.cpp takes this seed for "any". */
const RANDOM_SEED = 0xffffffff;

/** The addon's settings for what a request asks. */
export function samplerConfig(options: SamplingOptions): SamplerConfig {
  return {
    temperature: options.temperature,
    ...(options.topP < 1 ? { topP: options.topP } : {}),
    seed: seedOf(options.seed),
    repeatPenalty: REPEAT_PENALTY,
    // The sampler adds the tokens of the answer by itself.
    repeatPenaltyTokens: new Uint32Array(0),
    repeatPenaltyPresencePenalty: options.presencePenalty,
    repeatPenaltyFrequencyPenalty: options.frequencyPenalty,
  };
}

/** Any integer as the 32 bits that llama.cpp takes. */
function seedOf(seed: number | undefined): number {
  const bits = seed === undefined
    ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
    : Number(BigInt.asUintN(32, BigInt(seed)));
  return bits === RANDOM_SEED ? RANDOM_SEED - 1 : bits;
}

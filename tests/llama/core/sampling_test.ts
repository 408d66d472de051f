import { assertEquals, assertNotEquals } from "@std/assert";
import { samplerConfig } from "../../../src/llama/core/sampling.ts";

const GREEDY = { temperature: 0, topP: 1, presencePenalty: 0, frequencyPenalty: 0, stop: [] };

Deno.test("samplerConfig() penalises repetition by default and counts the answer alone", () => {
  const config = samplerConfig({ ...GREEDY, seed: 7, presencePenalty: 0.5 });
  assertEquals(config, {
    temperature: 0,
    seed: 7,
    repeatPenalty: 1.1,
    repeatPenaltyTokens: new Uint32Array(0),
    repeatPenaltyPresencePenalty: 0.5,
    repeatPenaltyFrequencyPenalty: 0,
  });
});

Deno.test("samplerConfig() passes top_p on when it leaves something out", () => {
  assertEquals(samplerConfig({ ...GREEDY, topP: 0.5 }).topP, 0.5);
  assertEquals("topP" in samplerConfig(GREEDY), false);
});

Deno.test("samplerConfig() takes any integer for a seed, and avoids the one that means any", () => {
  const seed = (seed: number) => samplerConfig({ ...GREEDY, seed }).seed;
  assertEquals(seed(-2), 0xfffffffe);
  assertEquals(seed(2 ** 32 + 5), 5);
  assertEquals(seed(0xffffffff), 0xfffffffe);
  assertNotEquals(samplerConfig(GREEDY).seed, samplerConfig(GREEDY).seed);
});

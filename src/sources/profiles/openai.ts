/**
 * What engines have in common that speak OpenAI's API.
 *
 * @module
 */
import type { ReadinessProfile } from "./profile.ts";

/** A request for one token, of a model that is asked for where the command does not name it. */
export const OPENAI_FIRST_TOKEN: NonNullable<ReadinessProfile["firstToken"]> = {
  path: "/v1/completions",
  body: (model) => ({ model, prompt: "Hello", max_tokens: 1, temperature: 0 }),
  models: "/v1/models",
};

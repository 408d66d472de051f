/**
 * Hugging Face's `transformers serve` (5.x).
 *
 * Source: real starts of transformers 5.19 on CPU.
 *
 * @module
 */
import { invocationOf, Options } from "./command_line.ts";
import { OPENAI_FIRST_TOKEN } from "./openai.ts";
import type { EngineProfile, Recognised } from "./profile.ts";

/** Options that take no value, of which one may stand before the model. */
const FLAGS = /^--(no|enable|trust|continuous|compile|cb-use|json|quiet)(-|$)/;

/** Where it listens by default. */
const ADDRESS = { host: "localhost", port: 8000 };

/** `transformers serve`. */
export const TRANSFORMERS: EngineProfile = {
  id: "transformers",
  name: "transformers",
  recognise,
  address: ADDRESS,
  readiness: {
    path: "/health",
    firstToken: OPENAI_FIRST_TOKEN,
  },
  python: {
    package: "transformers",
    functions: async () => (await import("./transformers_functions.ts")).TRANSFORMERS_FUNCTIONS,
    ready: "uvicorn.server:Server.startup",
  },
};

function recognise(command: readonly string[]): Recognised | undefined {
  const invocation = invocationOf(command);
  if (invocation === undefined) return undefined;
  const { program, isModule, args } = invocation;
  const isMain = program === "transformers" || program === "transformers-cli" ||
    isModule && program.startsWith("transformers.");
  if (!isMain || args[0] !== "serve") return undefined;
  const options = new Options(args.slice(1), FLAGS);
  const [model] = options.operands;
  return {
    ...(model !== undefined && { model }),
    host: options.get("--host") ?? ADDRESS.host,
    port: options.port("--port") ?? ADDRESS.port,
    ...(model !== undefined && { facts: { "coldtrace.engine.model": model } }),
  };
}

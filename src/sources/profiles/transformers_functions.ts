/**
 * The functions of `transformers serve` that the probe times.
 *
 * Source: transformers 5.19.0 run on CPU.
 *
 * @module
 */
import type { ProbeFunction } from "./profile.ts";

const MANAGER = "transformers.cli.serving.model_manager:ModelManager";

/** Functions that work while it starts, each as `module:qualname`, name and phase. */
const WORK: readonly (readonly [where: string, name: string, phase: string])[] = [
  [`${MANAGER}.load_model_and_processor`, "load model and processor", "weights"],
  [`${MANAGER}._load_model`, "load model", "weights"],
  [`${MANAGER}._load_processor`, "load processor", "tokenizer"],
  ["transformers.cli.serving.server:build_server", "build server", "http"],
  ["uvicorn.config:Config.load", "uvicorn config load", "http"],
  ["uvicorn.lifespan.on:LifespanOn.startup", "lifespan startup", "http"],
  ["uvicorn.server:Server.startup", "uvicorn startup", "http"],
];

/** What the probe times in `transformers serve`. */
export const TRANSFORMERS_FUNCTIONS: readonly ProbeFunction[] = WORK.map(
  ([where, name, phase]) => ({ where, name, phase, kind: "work", seen: "5.19.0" }),
);

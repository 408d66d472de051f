import type { ChatMessage, GenerateRequest, SamplingOptions } from "../protocol.ts";
import { ApiError, invalid } from "./errors.ts";

/** A request for an answer, checked. */
export interface AnswerRequest {
  generate: GenerateRequest;
  /** Whether the answer is sent as it is made. */
  stream: boolean;
  /** Whether a stream ends with its usage. */
  includeUsage: boolean;
}

type Body = Record<string, unknown>;

/** OpenAI's default for completions; chats go on until they end. */
const DEFAULT_COMPLETION_TOKENS = 16;
const MAX_STOPS = 16;

/** Parameters that would change the answer, and the one value of them that changes nothing. */
const UNSUPPORTED: Record<string, (value: unknown) => boolean> = {
  n: (value) => value === 1,
  best_of: (value) => value === 1,
  echo: (value) => value === false,
  suffix: (value) => value === "",
  logprobs: (value) => value === false,
  top_logprobs: (value) => value === 0,
  logit_bias: (value) => typeof value === "object" && Object.keys(value as object).length === 0,
  tools: isEmpty,
  functions: isEmpty,
  tool_choice: (value) => value === "none" || value === "auto",
  response_format: (value) => (value as Body).type === "text",
};

/**
 * Checks the body of `POST /v1/completions`.
 *
 * @throws {ApiError} 400, naming the parameter.
 */
export function completionRequest(body: Body): AnswerRequest {
  const given = body.prompt;
  const prompt = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof prompt !== "string") {
    throw invalid("prompt", "'prompt' must be a string, or an array that holds one");
  }
  const sampling = samplingOptions(body);
  return answerRequest(body, {
    prompt: { text: prompt },
    maxTokens: DEFAULT_COMPLETION_TOKENS,
    ...sampling,
  });
}

/**
 * Checks the body of `POST /v1/chat/completions`.
 *
 * @throws {ApiError} 400, naming the parameter.
 */
export function chatRequest(body: Body): AnswerRequest {
  const { messages } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid("messages", "'messages' must be an array with at least one message");
  }
  return answerRequest(body, {
    prompt: { messages: messages.map(chatMessage) },
    ...samplingOptions(body),
  });
}

/**
 * Checks that the request is for the model that is there; one that names none is.
 *
 * @throws {ApiError} 404.
 */
export function checkModel(body: Body, served: string): void {
  const model = body.model ?? served;
  if (typeof model !== "string") throw invalid("model", "'model' must be a string");
  if (model === served) return;
  throw new ApiError(404, `The model '${model}' does not exist: this engine serves '${served}'`, {
    param: "model",
    code: "model_not_found",
  });
}

function answerRequest(body: Body, generate: GenerateRequest): AnswerRequest {
  for (const [name, isNeutral] of Object.entries(UNSUPPORTED)) {
    const value = body[name];
    if (value === undefined || value === null || isNeutral(value)) continue;
    throw invalid(name, `'${name}' is not supported by this engine`, "unsupported_parameter");
  }
  const stream = boolean(body, "stream");
  const streamOptions = body.stream_options ?? {};
  if (typeof streamOptions !== "object") {
    throw invalid("stream_options", "'stream_options' must be an object");
  }
  const includeUsage = boolean(streamOptions as Body, "include_usage");
  return { generate, stream, includeUsage: stream && includeUsage };
}

function samplingOptions(body: Body): SamplingOptions {
  const limit = (body.max_completion_tokens ?? null) === null
    ? "max_tokens"
    : "max_completion_tokens";
  const maxTokens = number(body, limit, 1, Infinity, true);
  const seed = number(body, "seed", -Infinity, Infinity, true);
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(seed !== undefined && { seed }),
    temperature: number(body, "temperature", 0, 2) ?? 1,
    topP: number(body, "top_p", 0, 1) ?? 1,
    presencePenalty: number(body, "presence_penalty", -2, 2) ?? 0,
    frequencyPenalty: number(body, "frequency_penalty", -2, 2) ?? 0,
    stop: stopTexts(body.stop),
  };
}

function stopTexts(stop: unknown): string[] {
  const texts = stop === undefined || stop === null ? [] : Array.isArray(stop) ? stop : [stop];
  if (texts.length > MAX_STOPS || !texts.every((text) => typeof text === "string" && text !== "")) {
    throw invalid("stop", `'stop' must be a text or up to ${MAX_STOPS} of them, none empty`);
  }
  return texts;
}

function chatMessage(message: unknown, index: number): ChatMessage {
  const { role, content } = (message ?? {}) as Body;
  if (typeof role !== "string" || role === "") {
    throw invalid(`messages[${index}].role`, `'messages[${index}].role' must be a text`);
  }
  return { role, content: contentText(content ?? "", `messages[${index}].content`) };
}

/** Content is a text, or parts of which only texts are understood. */
function contentText(content: unknown, param: string): string {
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content : [undefined];
  return parts.map((part) => {
    const { type, text } = (part ?? {}) as Body;
    if (type === "text" && typeof text === "string") return text;
    throw invalid(param, `'${param}' must be a text, or an array of parts of type 'text'`);
  }).join("");
}

function boolean(body: Body, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value === "boolean") return value;
  throw invalid(name, `'${name}' must be true or false`);
}

function number(
  body: Body,
  name: string,
  min: number,
  max: number,
  integer = false,
): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  const fits = typeof value === "number" && value >= min && value <= max &&
    (!integer || Number.isSafeInteger(value));
  if (fits) return value;
  const kind = integer ? "an integer" : "a number";
  const range = max !== Infinity
    ? ` from ${min} to ${max}`
    : min !== -Infinity
    ? ` of at least ${min}`
    : "";
  throw invalid(name, `'${name}' must be ${kind}${range}: current value is ${show(value)}`);
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 50);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

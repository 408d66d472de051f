/**
 * What the engine's processes say to each other: the `core` messages of the channels between
 * launcher, API server and engine core. Those that go up are lines of at most 4,096 bytes.
 *
 * @module
 */

/** One turn of a chat. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** What makes an answer, apart from its prompt. */
export interface SamplingOptions {
  /** At most so many tokens; by default, as many as the context has left. */
  maxTokens?: number;
  /** 0 takes the likeliest token every time. */
  temperature: number;
  /** Of the likeliest tokens, those that hold this much probability together. */
  topP: number;
  /** By default, another one each time. */
  seed?: number;
  /** -2 to 2, for tokens that the answer has already. */
  presencePenalty: number;
  /** -2 to 2, for each time that the answer has the token. */
  frequencyPenalty: number;
  /** Texts that end the answer. */
  stop: string[];
}

/** What an answer continues: a text, or a chat in the model's own template. */
export type Prompt = { text: string } | { messages: ChatMessage[] };

/** What is wanted of the core. */
export interface GenerateRequest extends SamplingOptions {
  prompt: Prompt;
}

/** Down to the core. */
export type CoreRequest =
  /** Loads the model, once. */
  | { type: "load"; model: string; chatTemplate?: string }
  | { type: "generate"; id: number; request: GenerateRequest }
  | { type: "cancel"; id: number }
  | { type: "ping"; id: number };

/** What the core is doing: a phase of its start, and how far that is (0 to 1) where known. */
export interface Progress {
  phase: string;
  fraction?: number;
}

/** What was loaded. */
export interface LoadedModel {
  /** Tokens that a prompt and its answer can have together. */
  contextSize: number;
  /** Requests that are decoded together. */
  parallel: number;
}

/** Why an answer ended: by itself or a stop string, or because there was no more room. */
export type FinishReason = "stop" | "length";

/** Why there is no answer. */
export type CoreErrorCode =
  /** The prompt is longer than the context. */
  | "context_length_exceeded"
  /** The prompt has no token. */
  | "empty_prompt"
  /** The model's chat template is missing or does not take these messages. */
  | "chat_template"
  /** llama.cpp failed. */
  | "decode_failed";

/** What happens to one request. */
export type GenerationEvent =
  /** It will be answered as soon as a slot is free. */
  | { type: "accepted"; promptTokens: number }
  /** More of the answer, of which `tokens` tokens are made by now; `text` can be empty. */
  | { type: "text"; text: string; tokens: number }
  | { type: "done"; reason: FinishReason; tokens: number }
  | { type: "error"; code: CoreErrorCode; message: string };

/** Up from the core. */
export type CoreReply =
  | ({ type: "progress" } & Progress)
  | ({ type: "loaded" } & LoadedModel)
  /** It cannot load the model and ends. */
  | { type: "failed"; message: string }
  | ({ id: number } & GenerationEvent)
  | { type: "pong"; id: number };

/** Up from the API server to the launcher. */
export type ServerNotice =
  | ({ type: "progress" } & Progress)
  /** It answers from now on. */
  | ({ type: "serving"; url: string; model: string } & LoadedModel);

/** Text that surely fits a line: at worst each of its UTF-16 units takes six bytes (`\u0000`). */
export const MAX_TEXT = 600;

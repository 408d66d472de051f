import type { FinishReason } from "../protocol.ts";

/** How many tokens a request took. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

/** How one kind of answer is written, as OpenAI's API reference has it. */
export interface AnswerShape {
  /** The whole answer. */
  whole(text: string, reason: FinishReason, usage: Usage): unknown;
  /** What a stream begins with, if anything. */
  first(): unknown[];
  /** More of a stream. */
  more(text: string): unknown;
  /** What a stream ends with. */
  last(reason: FinishReason): unknown;
  /** The usage, after the end of a stream. */
  usage(usage: Usage): unknown;
}

/** The shape of `POST /v1/completions`. */
export function completionShape(model: string, includeUsage: boolean): AnswerShape {
  const base = { id: `cmpl-${randomId()}`, object: "text_completion", created: now(), model };
  const noUsage = includeUsage ? { usage: null } : {};
  const choice = (text: string, reason: FinishReason | null) => [
    { index: 0, text, logprobs: null, finish_reason: reason },
  ];
  return {
    whole: (text, reason, usage) => ({
      ...base,
      choices: choice(text, reason),
      usage: usageShape(usage),
    }),
    first: () => [],
    more: (text) => ({ ...base, choices: choice(text, null), ...noUsage }),
    last: (reason) => ({ ...base, choices: choice("", reason), ...noUsage }),
    usage: (usage) => ({ ...base, choices: [], usage: usageShape(usage) }),
  };
}

/** The shape of `POST /v1/chat/completions`. */
export function chatShape(model: string, includeUsage: boolean): AnswerShape {
  const base = { id: `chatcmpl-${randomId()}`, created: now(), model };
  const chunk = { ...base, object: "chat.completion.chunk" };
  const noUsage = includeUsage ? { usage: null } : {};
  const delta = (delta: Record<string, string>, reason: FinishReason | null) => ({
    ...chunk,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    ...noUsage,
  });
  return {
    whole: (content, reason, usage) => ({
      ...base,
      object: "chat.completion",
      choices: [{
        index: 0,
        message: { role: "assistant", content, refusal: null },
        logprobs: null,
        finish_reason: reason,
      }],
      usage: usageShape(usage),
    }),
    first: () => [delta({ role: "assistant", content: "" }, null)],
    more: (content) => delta({ content }, null),
    last: (reason) => delta({}, reason),
    usage: (usage) => ({ ...chunk, choices: [], usage: usageShape(usage) }),
  };
}

function usageShape({ promptTokens, completionTokens }: Usage): Record<string, number> {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function randomId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

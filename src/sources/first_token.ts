/**
 * Asks an engine for its first token.
 *
 * @module
 */
import { redactText } from "../trace/redact.ts";
import { within } from "../trace/within.ts";
import { type Answer, ask, type Question } from "./http/ask.ts";
import { reasonOf, REFUSED } from "./http/reason.ts";

/** What is asked of an engine that is ready. */
export interface FirstTokenOptions {
  /** Any URL of the engine, of http or https; its path does not count. */
  readonly url: string;
  /** The path to which the request is posted. */
  readonly path: string;
  /** The request, where the engine calls its model `model`. */
  readonly body: (model: string) => unknown;
  /** What the engine calls its model, if that is known. */
  readonly model?: string | undefined;
  /** Else the path that lists its models, as OpenAI's `/v1/models` does: the first is asked. */
  readonly models?: string | undefined;
  /** The key that its API asks for. It is sent, and stands in nothing that is returned. */
  readonly apiKey?: string | undefined;
  /** W3C trace context to send. Without it an engine that traces begins a trace of its own. */
  readonly traceparent?: string | undefined;
  /** Milliseconds to wait for each answer; the first request may compile. @default {600_000} */
  readonly timeout?: number | undefined;
  /**
   * Waits until somebody listens there: where nobody does yet, it is asked again then, after
   * `timeout` at the latest. @default {not again}
   */
  readonly listens?: (() => Promise<void>) | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
}

/** When the answer came, in nanoseconds since the Unix epoch; or why there is none, as one line. */
export type FirstToken = { readonly at: bigint } | { readonly error: string };

const TIMEOUT = 600_000;
/** How much of an answer is read, in bytes: lists of models can be long. */
const MOST_READ = 1_048_576;
/** How many characters of an answer stand in an error. */
const MOST_SHOWN = 200;

/**
 * Asks for one token, once. The moment is that at which the status of the answer came, which for an
 * answer that is not streamed is after its token.
 *
 * @returns Never rejects: an engine that does not answer, or answers with another status than 200
 * to 299, or without `choices` (OpenAI's API), is told as an `error`.
 */
export async function askFirstToken(options: FirstTokenOptions): Promise<FirstToken> {
  try {
    const model = options.model ?? await firstModel(options);
    const json = JSON.stringify(options.body(model));
    const { at, body } = await answerOf(options, options.path, json);
    if (!hasChoice(body)) throw new Error(`POST ${options.path}: no token in '${shown(body)}'`);
    return { at };
  } catch (error) {
    return { error: withoutSecrets(reasonOf(error), options) };
  }
}

/** What the engine calls the first of its models. */
async function firstModel(options: FirstTokenOptions): Promise<string> {
  const { models } = options;
  if (models === undefined) throw new Error("It is not known what the engine calls its model");
  const { body } = await answerOf(options, models);
  const id = modelIn(body);
  if (id === undefined) throw new Error(`GET ${models} names no model: ${shown(body)}`);
  return id;
}

/** Whether an answer has something to choose from, as OpenAI's completions do. */
function hasChoice(body: string): boolean {
  try {
    const choices: unknown = JSON.parse(body)?.choices;
    return Array.isArray(choices) && choices.length > 0;
  } catch {
    return false;
  }
}

/** `data[0].id` of a list of models. */
function modelIn(body: string): string | undefined {
  try {
    const id: unknown = JSON.parse(body)?.data?.[0]?.id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

/** The answer to a question, if it is whole and says that all is well. */
async function answerOf(options: FirstTokenOptions, path: string, json?: string): Promise<Answer> {
  const { apiKey, traceparent, timeout = TIMEOUT, listens, signal } = options;
  const what = `${json === undefined ? "GET" : "POST"} ${path}`;
  const question: Question = {
    url: new URL(path, options.url),
    headers: {
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      ...(traceparent !== undefined && { traceparent }),
    },
    ...(json !== undefined && { json }),
    timeout,
    most: MOST_READ,
    signal,
  };
  let answer: Answer;
  try {
    answer = await ask(question).catch(async (error) => {
      if (listens === undefined || reasonOf(error) !== REFUSED) throw error;
      await within(timeout, listens());
      return await ask(question);
    });
  } catch (error) {
    throw new Error(`${what}: ${reasonOf(error)}`);
  }
  const { status, body, isWhole } = answer;
  if (status < 200 || status >= 300) throw new Error(`${what}: ${status} ${shown(body)}`.trimEnd());
  if (!isWhole) throw new Error(`${what}: the answer broke off`);
  return answer;
}

/** The beginning of an answer, as one line. */
function shown(body: string): string {
  return body.replace(/\s+/g, " ").trim().slice(0, MOST_SHOWN);
}

/** Without the key, which an engine may have echoed. */
function withoutSecrets(text: string, { apiKey }: FirstTokenOptions): string {
  return redactText(apiKey ? text.replaceAll(apiKey, "[redacted]") : text);
}

import type { FinishReason, GenerationEvent } from "../protocol.ts";
import { CoreGoneError, type Generation } from "./core_client.ts";
import { ApiError, coreError } from "./errors.ts";
import type { AnswerShape, Usage } from "./shapes.ts";

/** How an answer is sent. */
export interface SendOptions {
  shape: AnswerShape;
  /** Whether a stream ends with its usage. */
  includeUsage: boolean;
  /** Called once, when the answer has ended, however. */
  onEnd: () => void;
}

/**
 * Waits for the core to take a request.
 *
 * @returns How many tokens the prompt has.
 * @throws {ApiError} When it does not take it.
 */
export async function accepted(generation: Generation): Promise<number> {
  const event = await nextEvent(generation);
  if (event.type === "accepted") return event.promptTokens;
  throw new ApiError(500, `The engine core said '${event.type}' before 'accepted'`);
}

/** Sends an answer when it is complete. */
export async function sendWhole(
  generation: Generation,
  promptTokens: number,
  options: SendOptions,
): Promise<Response> {
  let text = "";
  try {
    for (;;) {
      const event = await nextEvent(generation);
      if (event.type === "text") text += event.text;
      if (event.type !== "done") continue;
      const usage: Usage = { promptTokens, completionTokens: event.tokens };
      return Response.json(options.shape.whole(text, event.reason, usage));
    }
  } finally {
    options.onEnd();
  }
}

/** Sends an answer as it is made: server-sent events, the last of which is `[DONE]`. */
export function sendStream(
  generation: Generation,
  promptTokens: number,
  options: SendOptions,
): Response {
  const { shape, includeUsage, onEnd } = options;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const send = (data: string) => controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      const sendJson = (value: unknown) => send(JSON.stringify(value));
      try {
        for (const chunk of shape.first()) sendJson(chunk);
        const end = await pump(generation, (text) => sendJson(shape.more(text)));
        sendJson(shape.last(end.reason));
        if (includeUsage) sendJson(shape.usage({ promptTokens, completionTokens: end.tokens }));
        send("[DONE]");
        controller.close();
      } catch (error) {
        // A client that went away has cancelled the stream and hears nothing any more.
        if (isAbort(error)) return;
        sendJson(toApiError(error).body());
        controller.close();
      } finally {
        onEnd();
      }
    },
    cancel: () => generation.cancel(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
  });
}

/** Whatever was thrown, as what a client is told. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof CoreGoneError) {
    return new ApiError(503, error.message, { code: "engine_core_ended" });
  }
  return new ApiError(500, error instanceof Error ? error.message : String(error));
}

/** Whether it was thrown because the request was cancelled. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function pump(
  generation: Generation,
  onText: (text: string) => void,
): Promise<{ reason: FinishReason; tokens: number }> {
  for (;;) {
    const event = await nextEvent(generation);
    if (event.type === "text" && event.text !== "") onText(event.text);
    if (event.type === "done") return event;
  }
}

async function nextEvent(
  generation: Generation,
): Promise<Exclude<GenerationEvent, { type: "error" }>> {
  const event = await generation.next();
  if (event.type === "error") throw coreError(event.code, event.message);
  return event;
}

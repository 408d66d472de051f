/** The HTTP server of a replayed engine. */
import type { Capture } from "./_replay_capture.ts";

/** Begins to answer as vLLM does. Before this, connections are refused. */
export function answer(
  { capture, port, speed }: { capture: Capture; port: number; speed: number },
): void {
  // The first request compiles what has not been compiled, so it can take long.
  let delay = (capture.firstRequest ?? 0) / speed;
  Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    switch (`${request.method} ${pathname}`) {
      case "GET /health":
        return new Response(null);
      case "GET /v1/models":
        return Response.json({ object: "list", data: [{ id: capture.model, object: "model" }] });
      case "POST /v1/completions": {
        const { model = capture.model, stream = false } = await request.json();
        const wait = delay;
        delay = 0;
        await new Promise((resolve) => setTimeout(resolve, wait));
        return model === capture.model ? completion(model, stream) : noModel(model);
      }
      default:
        return Response.json({ detail: "Not Found" }, { status: 404 });
    }
  });
}

function completion(model: string, stream: boolean): Response {
  const body = {
    id: "cmpl-0",
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model,
    choices: [{ index: 0, text: " the", logprobs: null, finish_reason: "length" }],
    usage: { prompt_tokens: 2, total_tokens: 3, completion_tokens: 1 },
  };
  if (!stream) return Response.json(body);
  return new Response(`data: ${JSON.stringify(body)}\n\ndata: [DONE]\n\n`, {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
  });
}

function noModel(model: string): Response {
  const message = `The model \`${model}\` does not exist.`;
  return Response.json({ error: { message, type: "NotFoundError", code: 404 } }, { status: 404 });
}

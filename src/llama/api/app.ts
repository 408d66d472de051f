import { type Context, Hono } from "hono";
import { accepted, isAbort, sendStream, sendWhole, toApiError } from "./answer.ts";
import { readJsonBody } from "./body.ts";
import type { CoreClient } from "./core_client.ts";
import { ApiError } from "./errors.ts";
import { type AnswerRequest, chatRequest, checkModel, completionRequest } from "./parameters.ts";
import type { Queue } from "./queue.ts";
import { type AnswerShape, chatShape, completionShape } from "./shapes.ts";
import type { StatusBoard } from "./status.ts";

/** What the routes serve. */
export interface AppOptions {
  core: CoreClient;
  /** The model's name. */
  model: string;
  status: StatusBoard;
  queue: Queue;
  /** How long a core may take to answer before it counts as hung, in ms. @default {1000} */
  pingDeadline?: number;
}

/** One kind of answer: how its request is read and how it is written. */
interface Kind {
  read: (body: Record<string, unknown>) => AnswerRequest;
  shape: (model: string, includeUsage: boolean) => AnswerShape;
}

const COMPLETION: Kind = { read: completionRequest, shape: completionShape };
const CHAT: Kind = { read: chatRequest, shape: chatShape };

/** The routes of the API server, compatible with OpenAI's. */
export function createApp(options: AppOptions): Hono {
  const { model } = options;
  const created = Math.floor(Date.now() / 1000);
  const entry = { id: model, object: "model", created, owned_by: "coldtrace" };

  const app = new Hono();
  route(app, "GET", "/health", () => health(options));
  route(app, "GET", "/v1/models", () => Response.json({ object: "list", data: [entry] }));
  route(app, "GET", "/v1/models/:model{.+}", (context) => {
    checkModel({ model: context.req.param("model") }, model);
    return Response.json(entry);
  });
  route(app, "POST", "/v1/completions", (context) => answer(context.req.raw, COMPLETION, options));
  route(app, "POST", "/v1/chat/completions", (context) => answer(context.req.raw, CHAT, options));
  app.notFound((context) => {
    const { method, path } = context.req;
    return new ApiError(404, `Invalid URL (${method} ${path})`).response();
  });
  app.onError((error) => toApiError(error).response());
  return app;
}

/** One method of a path; every other one is 405. */
function route(
  app: Hono,
  method: "GET" | "POST",
  path: string,
  handler: (context: Context) => Response | Promise<Response>,
): void {
  app.on(method, path, handler);
  app.all(path, (context) => {
    const message = `Invalid method for URL (${context.req.method} ${context.req.path})`;
    return new ApiError(405, message, { headers: { allow: method } }).response();
  });
}

async function health({ core, status, pingDeadline = 1000 }: AppOptions): Promise<Response> {
  const now = status.current;
  if (now.state === "loading") {
    const { phase, fraction } = now;
    const progress = fraction === undefined ? {} : { progress: fraction };
    return Response.json({ status: "loading", phase, ...progress }, { status: 503 });
  }
  if (now.state !== "ready") return Response.json({ status: now.state }, { status: 503 });
  if (await core.ping(pingDeadline)) return Response.json({ status: "ok" });
  return Response.json({ status: "unresponsive" }, { status: 503 });
}

async function answer(request: Request, kind: Kind, options: AppOptions): Promise<Response> {
  const { core, model, queue } = options;
  checkReady(options.status);
  const body = await readJsonBody(request);
  checkModel(body, model);
  const { generate, stream, includeUsage } = kind.read(body);

  const place = queue.enter();
  if (place === undefined) {
    throw new ApiError(429, "The queue of this engine is full: try again later", {
      code: "queue_full",
      headers: { "retry-after": "1" },
    });
  }
  const generation = core.generate(generate);
  const onAbort = () => generation.cancel();
  request.signal.addEventListener("abort", onAbort, { once: true });
  if (request.signal.aborted) onAbort();
  const onEnd = () => {
    request.signal.removeEventListener("abort", onAbort);
    place[Symbol.dispose]();
  };
  try {
    const promptTokens = await accepted(generation);
    const send = { shape: kind.shape(model, includeUsage), includeUsage, onEnd };
    if (stream) return sendStream(generation, promptTokens, send);
    return await sendWhole(generation, promptTokens, send);
  } catch (error) {
    onEnd();
    if (isAbort(error)) return new Response(null, { status: 499 });
    throw error;
  }
}

function checkReady(status: StatusBoard): void {
  const { state } = status.current;
  if (state === "ready") return;
  const message = state === "loading"
    ? "The engine is loading its model: GET /health says how far it is"
    : "The engine is ending";
  throw new ApiError(503, message, { code: `engine_${state}`, headers: { "retry-after": "1" } });
}

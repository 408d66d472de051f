import type { CoreClient, Generation } from "../../../src/llama/api/core_client.ts";
import { createApp } from "../../../src/llama/api/app.ts";
import { Queue } from "../../../src/llama/api/queue.ts";
import { StatusBoard } from "../../../src/llama/api/status.ts";
import type { GenerateRequest, GenerationEvent } from "../../../src/llama/protocol.ts";

/** A core that answers with the events it is given, and then waits to be cancelled. */
export class FakeCore implements CoreClient {
  readonly requests: GenerateRequest[] = [];
  cancelled = 0;
  alive = true;
  events: (GenerationEvent | Error)[] = [
    { type: "accepted", promptTokens: 3 },
    { type: "text", text: "Hel", tokens: 1 },
    { type: "text", text: "", tokens: 2 },
    { type: "text", text: "lo", tokens: 3 },
    { type: "done", reason: "stop", tokens: 3 },
  ];

  generate(request: GenerateRequest): Generation {
    this.requests.push(request);
    const events = [...this.events];
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    return {
      next: () => {
        const event = events.shift() ?? promise;
        return event instanceof Error ? Promise.reject(event) : Promise.resolve(event);
      },
      cancel: () => {
        this.cancelled++;
        reject(new DOMException("cancelled", "AbortError"));
      },
    };
  }

  ping(): Promise<boolean> {
    return Promise.resolve(this.alive);
  }
}

/** The routes over a fake core, which is ready or still loads. */
export class FakeApp {
  readonly core: FakeCore = new FakeCore();
  readonly status: StatusBoard = new StatusBoard();
  readonly queue: Queue;
  readonly #app: ReturnType<typeof createApp>;

  constructor({ limit = 2, ready = true }: { limit?: number; ready?: boolean } = {}) {
    this.queue = new Queue(limit);
    if (ready) this.status.ready();
    const { core, status, queue } = this;
    this.#app = createApp({ core, model: "tiny", status, queue });
  }

  get(path: string): Promise<Response> {
    return this.send("GET", path);
  }

  post(path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return this.send("POST", path, { headers, body: JSON.stringify(body), ...init });
  }

  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return await this.#app.request(path, { method, ...init });
  }
}

/** The data of a stream of server-sent events; JSON is parsed. */
export function frames(body: string): unknown[] {
  return body.split("\n\n").filter((frame) => frame !== "").map((frame) => {
    const data = frame.replace(/^data: /, "");
    return data === "[DONE]" ? data : JSON.parse(data);
  });
}

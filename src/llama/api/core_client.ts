import type { CoreReply, CoreRequest, GenerateRequest, GenerationEvent } from "../protocol.ts";
import type { LoadedModel, Progress } from "../protocol.ts";

/** The channel to the engine core: launch's, or a test's. */
export interface CoreChannel {
  send(message: Record<string, unknown>): void | Promise<void>;
  onMessage(handler: (message: Record<string, unknown>) => void): void;
}

/** The core is gone; the message says why. */
export class CoreGoneError extends Error {
  override name = "CoreGoneError";
}

/** One request that the core answers. */
export interface Generation {
  /**
   * What happens next; the last event is `done` or `error`.
   *
   * @throws {CoreGoneError} When the core ended.
   * @throws {DOMException} "AbortError" when it was cancelled.
   */
  next(): Promise<GenerationEvent>;
  /** Nobody waits for it any more; without effect on one that ended. */
  cancel(): void;
}

/** The engine core as the routes see it. */
export interface CoreClient {
  /** Begins to answer a request. */
  generate(request: GenerateRequest): Generation;
  /** Whether the core answers, within `deadline` ms if there is one. */
  ping(deadline?: number): Promise<boolean>;
}

/** The engine core at the other end of a channel. */
export class ChannelCoreClient implements CoreClient {
  /** Resolves when the model is loaded; rejects with the core's reason when it cannot be. */
  readonly loaded: Promise<LoadedModel>;
  readonly #channel: CoreChannel;
  readonly #generations = new Map<number, EventQueue>();
  readonly #pings = new Map<number, (alive: boolean) => void>();
  #lastId = 0;
  #gone: CoreGoneError | undefined;

  /**
   * @param channel The way to the core.
   * @param onProgress Told what the core is doing while it starts.
   */
  constructor(channel: CoreChannel, onProgress: (progress: Progress) => void) {
    this.#channel = channel;
    this.loaded = new Promise((resolve, reject) => {
      channel.onMessage((message) => {
        const reply = message as unknown as CoreReply;
        if (reply.type === "loaded") {
          resolve({ contextSize: reply.contextSize, parallel: reply.parallel });
        } else if (reply.type === "failed") reject(new Error(reply.message));
        else if (reply.type === "progress") onProgress(reply);
        else if (reply.type === "pong") this.#pings.get(reply.id)?.(true);
        else this.#generations.get(reply.id)?.push(reply);
      });
    });
    // Not everybody waits for it.
    this.loaded.catch(() => {});
  }

  /** Has the core load a model. */
  load(model: string, chatTemplate: string | undefined): void {
    this.#send({ type: "load", model, ...(chatTemplate !== undefined && { chatTemplate }) });
  }

  generate(request: GenerateRequest): Generation {
    const id = ++this.#lastId;
    const events = new EventQueue();
    if (this.#gone !== undefined) {
      events.fail(this.#gone);
      return { next: () => events.next(), cancel: () => {} };
    }
    this.#generations.set(id, events);
    this.#send({ type: "generate", id, request });
    return {
      next: async () => {
        const event = await events.next();
        if (event.type === "done" || event.type === "error") this.#generations.delete(id);
        return event;
      },
      cancel: () => {
        if (!this.#generations.delete(id)) return;
        events.abort();
        this.#send({ type: "cancel", id });
      },
    };
  }

  async ping(deadline?: number): Promise<boolean> {
    if (this.#gone !== undefined) return false;
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    // The first timer of a process takes Deno some milliseconds: a start does without.
    const timer = deadline === undefined ? undefined : setTimeout(() => resolve(false), deadline);
    this.#pings.set(id, resolve);
    this.#send({ type: "ping", id });
    try {
      return await promise;
    } finally {
      if (timer !== undefined) clearTimeout(timer);
      this.#pings.delete(id);
    }
  }

  /** Fails whatever is open, and what comes later: the core has ended, or will. */
  end(reason: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new CoreGoneError(reason);
    for (const events of this.#generations.values()) events.fail(this.#gone);
    this.#generations.clear();
    for (const answer of this.#pings.values()) answer(false);
  }

  /** A write to a core that ends meanwhile fails; its end is told elsewhere. */
  async #send(message: CoreRequest): Promise<void> {
    try {
      await this.#channel.send({ ...message });
    } catch {
      // Nothing to do here.
    }
  }
}

/** Events that wait to be asked for, or someone who asks and waits for an event. */
class EventQueue {
  readonly #events: GenerationEvent[] = [];
  #error: Error | undefined;
  #waiting: PromiseWithResolvers<GenerationEvent> | undefined;

  push(event: GenerationEvent): void {
    if (this.#waiting === undefined) this.#events.push(event);
    else this.#waiting.resolve(event);
    this.#waiting = undefined;
  }

  fail(error: Error): void {
    this.#error = error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  abort(): void {
    this.#events.length = 0;
    this.fail(new DOMException("The request was cancelled", "AbortError"));
  }

  next(): Promise<GenerationEvent> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }
}

import {
  type Addon,
  type AddonContext,
  type AddonModel,
  importDlopen,
  loadAddon,
} from "./addon.ts";
import {
  createContext,
  initBackend,
  type Llama,
  type LoadedContext,
  loadModel,
  warmUp,
} from "./load.ts";
import { LlamaLog } from "./log.ts";
import type { Phases } from "./phases.ts";
import { PromptError, PromptReader } from "./prompt.ts";
import { samplerConfig } from "./sampling.ts";
import { Scheduler } from "./scheduler.ts";
import { Sequence } from "./sequence.ts";
import { AnswerText } from "./text.ts";
import {
  type CoreReply,
  type CoreRequest,
  type GenerateRequest,
  type LoadedModel,
  MAX_TEXT,
} from "../protocol.ts";
import type { CoreOptions } from "../options.ts";

/** What is loaded, and what uses it. */
interface Loaded {
  addon: Addon;
  model: AddonModel;
  context: AddonContext;
  prompts: PromptReader;
  scheduler: Scheduler;
  contextSize: number;
}

/** llama.cpp with one model, answering requests. */
export class LlamaEngine {
  readonly #phases: Phases;
  readonly #options: CoreOptions;
  readonly #send: (reply: CoreReply) => void;
  readonly #sequences = new Map<number, Sequence>();
  readonly #stopping = new AbortController();
  #llama: Llama | undefined;
  #loaded: Loaded | undefined;

  constructor(phases: Phases, options: CoreOptions, send: (reply: CoreReply) => void) {
    this.#phases = phases;
    this.#options = options;
    this.#send = send;
  }

  /** Loads the library and its backends: what needs no model. */
  async open(): Promise<void> {
    const folder = this.#options.addon;
    const phases = this.#phases;
    try {
      const dlopen = await phases.run("import modules", "import", importDlopen);
      const addon = await phases.run("load library", "library", () => loadAddon(dlopen, folder));
      this.#llama = { addon, log: new LlamaLog(addon), phases };
      await initBackend(this.#llama, folder);
    } finally {
      phases.end();
    }
  }

  /**
   * Loads the model and makes everything ready to answer.
   *
   * @throws {LlamaError} With llama.cpp's own message.
   * @throws {DOMException} "AbortError" when it was stopped.
   */
  async load(path: string, chatTemplate: string | undefined): Promise<LoadedModel> {
    const llama = this.#llama;
    if (llama === undefined) {
      throw new TypeError("Cannot load model as the library must be loaded first");
    }
    const { ctxSize, parallel, threads, mmap, warmup } = this.#options;
    const { signal } = this.#stopping;
    const size = { ctxSize, parallel, threads };
    let model: AddonModel;
    let made: LoadedContext;
    try {
      model = await loadModel(llama, { path, mmap, signal });
      made = await createContext(llama, model, size);
      signal.throwIfAborted();
      if (warmup) await warmUp(llama, model, made.context);
    } finally {
      llama.phases.end();
    }
    const { context, contextSize, batchSize } = made;
    llama.log.quieten();
    const scheduler = new Scheduler(context, {
      parallel,
      batchSize,
      isEnd: (token) => model.isEogToken(token),
      explain: (error) => llama.log.takeError() ?? error.message,
    });
    const prompts = new PromptReader(llama.addon, model, chatTemplate);
    this.#loaded = { addon: llama.addon, model, context, prompts, scheduler, contextSize };
    return { contextSize, parallel };
  }

  /** Does what a message from the API server asks, other than to load. */
  handle(message: CoreRequest): void {
    if (message.type === "ping") this.#send({ type: "pong", id: message.id });
    else if (message.type === "cancel") this.#cancel(message.id);
    else if (message.type === "generate") this.#generate(message.id, message.request);
  }

  /**
   * Stops what it is doing: a load fails, answers end. Resolves when llama.cpp has no answer in
   * hand; its memory is the system's to take back, which is quicker.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loaded?.scheduler.close();
    this.#loaded = undefined;
    this.#llama?.log.close();
  }

  #generate(id: number, request: GenerateRequest): void {
    if (this.#loaded === undefined) return;
    const { addon, model, prompts, scheduler, contextSize } = this.#loaded;
    try {
      const prompt = prompts.read(request.prompt, contextSize);
      const room = contextSize - prompt.length;
      const sampler = new addon.AddonSampler(model);
      sampler.applyConfig(samplerConfig(request));
      const detokenize = (tokens: number[]) => model.detokenize(Uint32Array.from(tokens));
      const sequence = new Sequence({
        prompt,
        maxTokens: Math.min(request.maxTokens ?? room, room),
        sampler,
        text: new AnswerText(detokenize, request.stop, prompt.at(-1)),
        onEvent: (event) => {
          if (event.type === "done" || event.type === "error") this.#sequences.delete(id);
          this.#send({ id, ...event });
        },
      });
      this.#sequences.set(id, sequence);
      this.#send({ type: "accepted", id, promptTokens: prompt.length });
      scheduler.add(sequence);
    } catch (error) {
      const code = error instanceof PromptError ? error.code : "decode_failed";
      const message = (error as Error).message.slice(0, MAX_TEXT);
      this.#send({ type: "error", id, code, message });
    }
  }

  #cancel(id: number): void {
    this.#sequences.get(id)?.cancel();
    this.#sequences.delete(id);
  }
}

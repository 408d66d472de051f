import type { AddonContext } from "./addon.ts";
import type { Sequence } from "./sequence.ts";

/** What the scheduler shares out. */
export interface SchedulerOptions {
  /** How many sequences are decoded together. */
  parallel: number;
  /** How many tokens one decode takes; at least `parallel`. */
  batchSize: number;
  /** Whether a token ends an answer. */
  isEnd: (token: number) => boolean;
  /** Says why a decode failed, which the error itself often does not. */
  explain: (error: Error) => string;
}

/**
 * Decodes many sequences together (continuous batching): every step takes one token of each
 * sequence that is answering and fills the batch up with the prompts of those that are not
 * yet; a slot that becomes free goes to the one that waited longest.
 */
export class Scheduler {
  readonly #context: AddonContext;
  readonly #options: SchedulerOptions;
  readonly #slots: (Sequence | undefined)[];
  readonly #waiting: Sequence[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(context: AddonContext, options: SchedulerOptions) {
    this.#context = context;
    this.#options = options;
    this.#slots = Array.from({ length: options.parallel }, () => undefined);
  }

  /** Answers a sequence as soon as a slot is free; without effect once closed. */
  add(sequence: Sequence): void {
    if (this.#closed) return sequence.sampler.dispose();
    this.#waiting.push(sequence);
    this.#running ??= this.#run();
  }

  /** Ends everything; resolves when llama.cpp is idle. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const sequence of [...this.#slots, ...this.#waiting]) sequence?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Requests that come together begin together.
    await Promise.resolve();
    while (this.#share()) await this.#step();
    this.#running = undefined;
  }

  /** Frees the slots of what has ended and gives them to what waits; false when all is done. */
  #share(): boolean {
    for (const [slot, sequence] of this.#slots.entries()) {
      if (sequence?.ended) {
        this.#context.disposeSequence(slot);
        sequence.sampler.dispose();
        this.#slots[slot] = undefined;
      }
      while (this.#slots[slot] === undefined && this.#waiting.length > 0) {
        const next = this.#waiting.shift();
        if (next?.ended) next.sampler.dispose();
        else this.#slots[slot] = next;
      }
    }
    return this.#slots.some((sequence) => sequence !== undefined);
  }

  async #step(): Promise<void> {
    const live = [...this.#slots.entries()].flatMap(([slot, sequence]) =>
      sequence === undefined ? [] : [{ slot, sequence }]
    );
    // Those that answer have one token pending and come first; prompts get what is left.
    live.sort((a, b) => a.sequence.pending - b.sequence.pending);
    let room = this.#options.batchSize;
    const parts = live.flatMap(({ slot, sequence }) => {
      const { position, tokens } = sequence.take(Math.min(sequence.pending, room));
      room -= tokens.length;
      return tokens.length === 0 ? [] : [{ slot, sequence, position, tokens }];
    });
    try {
      this.#context.initBatch(this.#options.batchSize - room);
      const ready = parts.flatMap(({ slot, sequence, position, tokens }) => {
        const wanted = sequence.pending === 0 ? [tokens.length - 1] : [];
        const logits = this.#context.addToBatch(slot, position, tokens, Uint32Array.from(wanted));
        return [...logits].map((logit) => ({ sequence, logit }));
      });
      await this.#context.decodeBatch();
      for (const { sequence, logit } of ready) {
        if (sequence.ended) continue;
        const token = await this.#context.sampleToken(logit, sequence.sampler);
        sequence.push(token, token < 0 || this.#options.isEnd(token));
      }
    } catch (error) {
      const reason = this.#options.explain(error as Error);
      // What the context holds of these sequences is unknown now.
      for (const { sequence } of live) sequence.fail(reason);
    }
  }
}

import type { AddonSampler } from "./addon.ts";
import type { FinishReason, GenerationEvent } from "../protocol.ts";
import { MAX_TEXT } from "../protocol.ts";
import type { AnswerText } from "./text.ts";

/** How a sequence is made. */
export interface SequenceOptions {
  /** The prompt; not empty. */
  prompt: Uint32Array;
  /** How many tokens the answer can have; at least 1. */
  maxTokens: number;
  sampler: AddonSampler;
  text: AnswerText;
  /** Is told what happens. */
  onEvent: (event: GenerationEvent) => void;
}

/** One request in the core: its prompt, how much of it is decoded, and its answer so far. */
export class Sequence {
  readonly sampler: AddonSampler;
  readonly #text: AnswerText;
  readonly #maxTokens: number;
  readonly #onEvent: (event: GenerationEvent) => void;
  #pending: Uint32Array;
  #position = 0;
  #made = 0;
  #ended = false;

  constructor(options: SequenceOptions) {
    this.sampler = options.sampler;
    this.#text = options.text;
    this.#maxTokens = options.maxTokens;
    this.#onEvent = options.onEvent;
    this.#pending = options.prompt;
  }

  /** Tokens that must be decoded before the next one can be sampled. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Whether it wants nothing any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes at most `count` of the pending tokens, and tells their place. */
  take(count: number): { position: number; tokens: Uint32Array } {
    const taken = { position: this.#position, tokens: this.#pending.subarray(0, count) };
    this.#pending = this.#pending.subarray(count);
    this.#position += taken.tokens.length;
    return taken;
  }

  /** Goes on with a sampled token; `end` says that it ends the answer and is no part of it. */
  push(token: number, end: boolean): void {
    if (this.#ended) return;
    if (end) return this.#finish("stop");
    this.#made++;
    this.#tell(this.#text.push(token));
    if (this.#text.stopped) this.#finish("stop");
    else if (this.#made >= this.#maxTokens) this.#finish("length");
    else this.#pending = Uint32Array.of(token);
  }

  /** Ends it because llama.cpp failed. */
  fail(message: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEvent({ type: "error", code: "decode_failed", message });
  }

  /** Ends it because nobody waits for it. */
  cancel(): void {
    this.#ended = true;
  }

  #finish(reason: FinishReason): void {
    const rest = this.#text.end();
    if (rest !== "") this.#tell(rest);
    this.#ended = true;
    this.#onEvent({
      type: "done",
      reason: this.#text.stopped ? "stop" : reason,
      tokens: this.#made,
    });
  }

  #tell(text: string): void {
    let at = 0;
    do {
      this.#onEvent({ type: "text", text: text.slice(at, at + MAX_TEXT), tokens: this.#made });
      at += MAX_TEXT;
    } while (at < text.length);
  }
}

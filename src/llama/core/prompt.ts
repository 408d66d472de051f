import type { Addon, AddonJinjaRenderer, AddonModel } from "./addon.ts";
import type { ChatMessage, CoreErrorCode, Prompt } from "../protocol.ts";

/** A request that cannot be answered, for a reason that lies in it. */
export class PromptError extends Error {
  override name = "PromptError";
  readonly code: CoreErrorCode;

  constructor(code: CoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes tokens of prompts, chats by the model's own template. */
export class PromptReader {
  readonly #addon: Addon;
  readonly #model: AddonModel;
  readonly #template: string | undefined;
  #renderer: AddonJinjaRenderer | undefined;

  constructor(addon: Addon, model: AddonModel, template: string | undefined) {
    this.#addon = addon;
    this.#model = model;
    this.#template = template;
  }

  /**
   * The tokens of a prompt that leaves room for an answer in a context of `contextSize`.
   *
   * @throws {PromptError} When it does not, or is empty, or the template refuses it.
   */
  read(prompt: Prompt, contextSize: number): Uint32Array {
    const text = "text" in prompt ? prompt.text : this.#render(prompt.messages);
    const tokens = this.#withBos(this.#model.tokenize(text, true));
    if (tokens.length === 0) throw new PromptError("empty_prompt", "The prompt has no tokens");
    if (tokens.length >= contextSize) {
      throw new PromptError(
        "context_length_exceeded",
        `This model's maximum context length is ${contextSize} tokens, of which one at least ` +
          `must be left for the answer: the prompt has ${tokens.length} tokens`,
      );
    }
    return tokens;
  }

  /** What many models want first; a template may have put it there already. */
  #withBos(tokens: Uint32Array): Uint32Array {
    const bos = this.#model.tokenBos();
    if (!this.#model.shouldPrependBosToken() || bos < 0 || tokens[0] === bos) return tokens;
    const all = new Uint32Array(tokens.length + 1);
    all[0] = bos;
    all.set(tokens, 1);
    return all;
  }

  #render(messages: ChatMessage[]): string {
    if (this.#template === undefined) {
      throw new PromptError(
        "chat_template",
        "This model has no chat template: use /v1/completions instead",
      );
    }
    try {
      this.#renderer ??= new this.#addon.AddonJinjaRenderer(this.#template);
      return this.#renderer.render({
        messages,
        add_generation_prompt: true,
        bos_token: this.#special(this.#model.tokenBos()),
        eos_token: this.#special(this.#model.tokenEos()),
      });
    } catch (error) {
      const reason = (error as Error).message.split("\n", 1)[0];
      throw new PromptError("chat_template", `The model's chat template failed: ${reason}`);
    }
  }

  #special(token: number): string {
    return token < 0 ? "" : this.#model.getTokenString(token);
  }
}

/** How many tokens a UTF-8 character can be spread over: one a byte. */
const MAX_CHARACTER_TOKENS = 4;

/** The tokens of one answer as text that can be sent: whole characters, cut at a stop string. */
export class AnswerText {
  readonly #detokenize: (tokens: number[]) => string;
  readonly #stops: readonly string[];
  #tokens: number[];
  /** Tokens before this one were shown; they give the new ones their context. */
  #shown: number;
  #held = "";
  #stopped = false;

  /**
   * @param detokenize The model's own; invalid bytes become U+FFFD.
   * @param stops What ends the answer, itself left out.
   * @param last The last token before the answer: some vocabularies drop the space of a first token.
   */
  constructor(detokenize: (tokens: number[]) => string, stops: readonly string[], last?: number) {
    this.#detokenize = detokenize;
    this.#stops = stops.filter((stop) => stop !== "");
    this.#tokens = last === undefined ? [] : [last];
    this.#shown = this.#tokens.length;
  }

  /** Whether a stop string came. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Adds a token and returns the text that is final by now. */
  push(token: number): string {
    if (this.#stopped) return "";
    this.#tokens.push(token);
    this.#held += this.#take(false);
    return this.#release();
  }

  /** Returns the text that was held back, whole or not: no more tokens come. */
  end(): string {
    if (this.#stopped) return "";
    this.#held += this.#take(true);
    const text = this.#release();
    const rest = this.#stopped ? "" : this.#held;
    this.#held = "";
    return text + rest;
  }

  #take(all: boolean): string {
    if (this.#shown === this.#tokens.length) return "";
    const text = this.#detokenize(this.#tokens);
    const waiting = this.#tokens.length - this.#shown;
    // The first bytes of a character: the next token brings the others.
    if (!all && text.endsWith("\uFFFD") && waiting < MAX_CHARACTER_TOKENS) return "";
    const context = this.#tokens.slice(0, this.#shown);
    const known = context.length === 0 ? 0 : this.#detokenize(context).length;
    this.#tokens = this.#tokens.slice(this.#shown);
    this.#shown = this.#tokens.length;
    return text.slice(known);
  }

  #release(): string {
    const text = this.#held;
    const ends = this.#stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (ends.length > 0) {
      this.#stopped = true;
      this.#held = "";
      return text.slice(0, Math.min(...ends));
    }
    const keep = Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)));
    this.#held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }
}

/** How long the longest end of `text` is that a stop string begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}

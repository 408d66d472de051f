/** How every line of the protocol begins; what follows is the kind. */
export const PREFIX = '{"coldtrace":"';

const PREFIX_BYTES: Uint8Array = new TextEncoder().encode(PREFIX);
/** How one may begin in the middle of a line, after output that did not end its own. */
const MARKERS: readonly Uint8Array[] = [
  "context",
  "hello",
  "start",
  "end",
  "ready",
  "group",
  "core",
]
  .map((kind) => new TextEncoder().encode(`${PREFIX}${kind}",`));
const BRACE = 123;
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/** What is done with what a stream holds. */
export interface LineHandlers {
  /** A whole line of the protocol, with its newline. The bytes are only lent. */
  line(bytes: Uint8Array): void;
  /** A piece of anything else, newlines included, never of two lines. The bytes are only lent. */
  rest(bytes: Uint8Array): void;
  /** A line of the protocol was longer than the limit, or had no end, and was left out. */
  skipped(): void;
}

/**
 * Parts the protocol's lines from whatever else is written to the same stream.
 *
 * One of the protocol may also follow on output that did not end its line (a prompt, a progress
 * bar); it then has to begin with one of the protocol's kinds.
 *
 * Only what begins like a line of the protocol is held back, and never more of it than
 * the limit, so a stream without newlines takes no memory and is not delayed.
 */
export class LineReader {
  readonly #handlers: LineHandlers;
  readonly #limit: number;
  /** What is known of the line under way. */
  #mode: "unknown" | "line" | "rest" | "skip" = "unknown";
  #held: Uint8Array = NOTHING;

  /** `limit` is the size in bytes of the longest line of the protocol, newline included. */
  constructor(limit: number, handlers: LineHandlers) {
    this.#limit = limit;
    this.#handlers = handlers;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      this.#piece(chunk.subarray(start, end), newline >= 0);
      start = end;
    }
  }

  /** Tells that the stream has ended. */
  end(): void {
    const held = this.#held;
    this.#held = NOTHING;
    if (this.#mode === "line") this.#handlers.skipped();
    else if (held.length > 0) this.#handlers.rest(held);
    this.#mode = "unknown";
  }

  #piece(piece: Uint8Array, last: boolean): void {
    if (this.#mode === "unknown" || this.#mode === "line") this.#hold(piece, last);
    else if (this.#mode === "rest") this.#seek(piece, last);
    if (last) this.#mode = "unknown";
  }

  /** Goes on with a line that is one of the protocol, or may become one. */
  #hold(piece: Uint8Array, last: boolean): void {
    const line = this.#joinHeld(piece);
    const begins = this.#mode === "line" || beginsLike(line, [PREFIX_BYTES]);
    if (begins === false || (last && begins === undefined)) {
      this.#mode = "rest";
      this.#seek(line, last);
    } else if (line.length > this.#limit) {
      this.#mode = "skip";
      this.#handlers.skipped();
    } else if (last) {
      this.#handlers.line(line);
    } else {
      this.#mode = begins ? "line" : "unknown";
      this.#keep(line, piece);
    }
  }

  /** Goes on with other output, in which a line of the protocol may begin. */
  #seek(piece: Uint8Array, last: boolean): void {
    const rest = this.#joinHeld(piece);
    for (let at = rest.indexOf(BRACE); at >= 0; at = rest.indexOf(BRACE, at + 1)) {
      const line = rest.subarray(at);
      const begins = beginsLike(line, MARKERS);
      if (begins === false || (last && begins === undefined)) continue;
      if (at > 0) this.#handlers.rest(rest.subarray(0, at));
      if (begins) {
        this.#mode = "line";
        this.#hold(line, last);
      } else {
        this.#keep(line, piece);
      }
      return;
    }
    this.#handlers.rest(rest);
  }

  #joinHeld(piece: Uint8Array): Uint8Array {
    const all = joined([this.#held, piece]);
    this.#held = NOTHING;
    return all;
  }

  /** Holds back `bytes`, a copy where they are of a chunk's buffer, which may be used again. */
  #keep(bytes: Uint8Array, chunk: Uint8Array): void {
    this.#held = bytes.buffer === chunk.buffer ? bytes.slice() : bytes;
  }
}

/** Whether a line begins like one of these; `undefined` while it is too short to tell. */
function beginsLike(line: Uint8Array, beginnings: readonly Uint8Array[]): boolean | undefined {
  let answer: false | undefined = false;
  for (const beginning of beginnings) {
    const length = Math.min(line.length, beginning.length);
    let i = 0;
    while (i < length && line[i] === beginning[i]) i++;
    if (i < length) continue;
    if (length === beginning.length) return true;
    answer = undefined;
  }
  return answer;
}

/** Several pieces as one; a piece that is the only one is not copied. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = pieces.filter((piece) => piece.length > 0);
  if (!only) return new Uint8Array(0);
  if (others.length === 0) return only;
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

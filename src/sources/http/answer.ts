/** How an answer begins. */
const PROTOCOL = "HTTP/";
/** Where the head of an answer ends. */
const HEAD_END = "\r\n\r\n";

/** Reads an answer of HTTP/1.1 (RFC 9112) as it comes in, up to so many bytes. */
export class AnswerReader {
  readonly #most: number;
  /** The bytes as characters of their own, which a regular expression can look at. */
  #text = "";
  #isEnded = false;

  /** `most` is how many bytes are read, head included. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes what came. */
  push(chunk: Uint8Array): void {
    const room = this.#most - this.#text.length;
    this.#text += binary(chunk.subarray(0, Math.max(0, room)));
  }

  /** Tells that no more comes. */
  end(): void {
    this.#isEnded = true;
  }

  /** The status, once its line is there. */
  get status(): number | undefined {
    const digits = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/.exec(this.#text)?.[1];
    return digits === undefined ? undefined : Number(digits);
  }

  /** Whether nothing more is to be read. */
  get isOver(): boolean {
    const isForeign = !this.#text.startsWith(PROTOCOL.slice(0, this.#text.length));
    return isForeign || this.#text.length >= this.#most || this.isWhole;
  }

  /** Whether the body came to its end. */
  get isWhole(): boolean {
    const head = this.#head();
    if (head === undefined) return false;
    const rest = this.#rest();
    if (this.#isChunked(head)) return unchunked(rest).isWhole;
    const length = /^content-length:[ \t]*(\d+)/im.exec(head)?.[1];
    if (length !== undefined) return rest.length >= Number(length);
    // Its end is then the connection's.
    return this.#isEnded && this.#text.length < this.#most;
  }

  /** The body as far as it is there. */
  body(): string {
    const head = this.#head();
    if (head === undefined) return "";
    const rest = this.#isChunked(head) ? unchunked(this.#rest()).body : this.#rest();
    return new TextDecoder().decode(Uint8Array.from(rest, (byte) => byte.charCodeAt(0)));
  }

  #head(): string | undefined {
    const end = this.#text.indexOf(HEAD_END);
    return end < 0 ? undefined : this.#text.slice(0, end + 2);
  }

  #rest(): string {
    return this.#text.slice(this.#text.indexOf(HEAD_END) + HEAD_END.length);
  }

  #isChunked(head: string): boolean {
    return /^transfer-encoding:.*\bchunked/im.test(head);
  }
}

/** A body without the lengths of its chunks, and whether the last of them is there. */
function unchunked(text: string): { body: string; isWhole: boolean } {
  let body = "";
  for (let at = 0;;) {
    const end = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, end), 16);
    if (end < 0 || Number.isNaN(size)) return { body, isWhole: false };
    if (size === 0) return { body, isWhole: true };
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

function binary(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

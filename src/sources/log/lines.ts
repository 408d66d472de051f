const NEWLINE = 10;
const RETURN = 13;
/** A line that is longer is no line of a log that is known. */
const MAX_LENGTH = 65_536;

/** Told each line. */
export interface LogLineHandlers {
  /** A line, without its end; `isOverwritten` if a carriage return ended it, as progress bars do. */
  line(text: string, isOverwritten: boolean): void;
  /** What seemed to be overwritten is not: the end of its line was a carriage return and a newline. */
  kept(): void;
}

/** Parts a stream of bytes into lines, however it is cut. What is not UTF-8 is replaced. */
export class LogLines {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #handlers: LogLineHandlers;
  /** The beginning of a line whose end has not come. */
  #held = "";
  /** Whether that line is already too long. */
  #isSkipping = false;
  /** Whether the last line ended in a carriage return and nothing has come since. */
  #afterReturn = false;
  /** How many lines were too long, and left out. */
  skipped = 0;

  constructor(handlers: LogLineHandlers) {
    this.#handlers = handlers;
  }

  /** The beginning of a line whose end has not come. */
  get held(): string {
    return this.#held;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    // All at once, since decoding line by line takes ten times as long.
    const text = this.#decoder.decode(bytes, { stream: true });
    let from = 0;
    let newline = text.indexOf("\n");
    let back = text.indexOf("\r");
    while (newline >= 0 || back >= 0) {
      const end = back < 0 || (newline >= 0 && newline < back) ? newline : back;
      this.#line(text.slice(from, end), text.charCodeAt(end));
      from = end + 1;
      if (end === newline) newline = text.indexOf("\n", from);
      else back = text.indexOf("\r", from);
    }
    if (from < text.length) this.#hold(text.slice(from));
  }

  #line(text: string, end: number): void {
    const line = this.#held + text;
    const wasReturn = this.#afterReturn && line === "";
    this.#afterReturn = end === RETURN;
    this.#held = "";
    if (this.#isSkipping) this.#isSkipping = false;
    else if (line.length > MAX_LENGTH) this.skipped++;
    else if (line !== "") this.#handlers.line(line, this.#afterReturn);
    else if (wasReturn && end === NEWLINE) this.#handlers.kept();
  }

  #hold(text: string): void {
    this.#afterReturn = false;
    if (this.#isSkipping) return;
    this.#held += text;
    if (this.#held.length <= MAX_LENGTH) return;
    this.#held = "";
    this.#isSkipping = true;
    this.skipped++;
  }
}

import { redactLog, withoutAnsi } from "./text.ts";

/** A line of the log, as it is shown to people: without colours and secrets. */
export interface TailLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** When it came, in nanoseconds since the Unix epoch. */
  readonly timeUnixNano: bigint;
}

/** How many lines are kept, and how much of each. */
const MAX_LINES = 20;
const MAX_LENGTH = 1_000;

interface Kept extends TailLine {
  /** Whether the next line of its stream takes its place. */
  isOverwritten: boolean;
}

/** The last lines of a log. */
export class LogTail {
  readonly #lines: Kept[] = [];

  /** Takes a line. */
  take(line: TailLine, isOverwritten: boolean): void {
    const before = this.#lastOf(line.stream);
    if (before?.isOverwritten) this.#lines.splice(this.#lines.indexOf(before), 1);
    this.#lines.push({ ...line, isOverwritten });
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  /** The last line of a stream is not overwritten by the next one. */
  keep(stream: TailLine["stream"]): void {
    const line = this.#lastOf(stream);
    if (line) line.isOverwritten = false;
  }

  /** The lines, with those whose end has not come. */
  lines(unended: readonly TailLine[]): TailLine[] {
    return [...this.#lines, ...unended]
      .map(({ stream, text, timeUnixNano }) => ({
        stream,
        text: redactLog(withoutAnsi(text), MAX_LENGTH),
        timeUnixNano,
      }))
      .filter(({ text }) => text.trim() !== "")
      .slice(-MAX_LINES);
  }

  #lastOf(stream: TailLine["stream"]): Kept | undefined {
    return this.#lines.findLast((line) => line.stream === stream);
  }
}

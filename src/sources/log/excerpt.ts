import { redactLog } from "./text.ts";

/** A line of the log, as it is shown to people: without colours and secrets. */
export interface ExcerptLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** The process that wrote it, where the line tells. */
  readonly pid?: number | undefined;
  /** When it came, in nanoseconds since the Unix epoch. */
  readonly timeUnixNano: bigint;
}

/** What is kept of a log. */
export interface Excerpt {
  /** In the order in which they came. */
  readonly lines: readonly ExcerptLine[];
  /** How many lines between the first and the last ones are left out. */
  readonly dropped: number;
}

/** How many lines are kept of the beginning, and as many of the end; and how much of each. */
const MAX_LINES = 250;
const MAX_LENGTH = 500;
/** Of a secret that is cut, the half is not known as one: so much is kept until it is redacted. */
const MAX_HELD = 2 * MAX_LENGTH;

type Stream = ExcerptLine["stream"];

/**
 * The first and the last lines of a log. What is shown of them is made when it is asked for, as most
 * lines of a long log are not kept.
 */
export class LogExcerpt {
  readonly #first: ExcerptLine[] = [];
  /** A ring. */
  readonly #last: ExcerptLine[] = [];
  /** How many lines went through the ring. */
  #later = 0;
  /** The last line of a stream whose place the next one takes, as progress bars have it. */
  readonly #overwritten: Record<Stream, ExcerptLine | undefined> = {
    stdout: undefined,
    stderr: undefined,
  };

  /** Takes a line without colours; `isOverwritten` if the next one of its stream takes its place. */
  take(line: ExcerptLine, isOverwritten: boolean): void {
    const { text, stream } = line;
    const held = text.length > MAX_HELD ? { ...line, text: copyOf(text, MAX_HELD) } : line;
    this.#overwritten[stream] = isOverwritten ? held : undefined;
    if (!isOverwritten) this.#add(held);
  }

  /** The last line of a stream is not overwritten by the next one. */
  keep(stream: Stream): void {
    const held = this.#overwritten[stream];
    this.#overwritten[stream] = undefined;
    if (held !== undefined) this.#add(held);
  }

  /** What is kept, with the lines whose end has not come. */
  all(unended: readonly ExcerptLine[]): Excerpt {
    const from = this.#later % MAX_LINES;
    const begun = unended.filter(isShown);
    const pending = Object.values(this.#overwritten)
      .filter((line) => line !== undefined)
      .filter(({ stream }) => !begun.some((line) => line.stream === stream));
    const lines = [this.#first, this.#last.slice(from), this.#last.slice(0, from), pending, begun]
      .flat()
      .filter(isShown)
      .sort((a, b) => Number(a.timeUnixNano - b.timeUnixNano))
      .map((line) => ({ ...line, text: redactLog(line.text, MAX_LENGTH) }));
    return { lines, dropped: this.#later - this.#last.length };
  }

  #add(line: ExcerptLine): void {
    if (this.#first.length < MAX_LINES) this.#first.push(line);
    else this.#last[this.#later++ % MAX_LINES] = line;
  }
}

function isShown({ text }: ExcerptLine): boolean {
  return text.trim() !== "";
}

/** A text is a view of all that was read with it; of a long one, what is kept is copied out. */
function copyOf(text: string, length: number): string {
  return JSON.parse(JSON.stringify(text.slice(0, length)));
}

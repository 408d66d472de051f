import type { Engine } from "../../launch/types.ts";
import type { ServerNotice } from "../../llama/protocol.ts";
import { cut, printable } from "../../show/width.ts";
import { processVariable } from "../../trace/process.ts";
import { printError } from "../output.ts";

/** How often the line is written anew while nothing happens, in milliseconds. */
const INTERVAL = 100;
/** Back to the beginning of the line, which becomes empty. */
const CLEAR = "\r\x1b[K";

/** The running phase of a start, on one line of the terminal; nothing where there is none. */
export class Progress implements Disposable {
  /** Whether there is a terminal to show it on. */
  readonly isShown: boolean = Deno.stderr.isTerminal() && processVariable("TERM") !== "dumb";
  readonly #name: string;
  #began = performance.now();
  #engine: Engine | undefined;
  /** What was done last. */
  #step = "prepare";
  /** How far the phases are that tell, 0 to 1. */
  readonly #fractions = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Whether the engine has begun a line of its own, which must not be written over. */
  #isLineBegun = false;

  /** Begins to show the start of the engine called `name`. */
  constructor(name: string) {
    this.#name = name;
    if (this.isShown) this.#timer = setInterval(() => this.#draw(), INTERVAL);
  }

  /** What is being done before launch. */
  prepare(step: string): void {
    this.#step = step;
    this.#draw();
  }

  /** The engine exists: from now on its spans say what it does. */
  follow(engine: Engine): void {
    this.#engine = engine;
    this.#step = "start";
    this.#began = performance.now();
    this.#draw();
  }

  /** The engine has told how far it is. */
  notice(notice: ServerNotice): void {
    if (notice.type !== "progress") return;
    if (notice.fraction !== undefined) this.#fractions.set(notice.phase, notice.fraction);
    this.#draw();
  }

  /** Makes room for a line of something else; the next thing that happens is shown below it. */
  hide(): void {
    if (this.isShown && !this.#isLineBegun) printError(CLEAR);
  }

  /** Passes on what the engine writes, so that the two do not get in each other's way. */
  async passOn(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      this.hide();
      printError(text);
      this.#isLineBegun = !text.endsWith("\n");
    }
  }

  /** Takes the line away. */
  end(): void {
    if (this.#timer === undefined) return;
    this.hide();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #draw(): void {
    if (this.#timer === undefined || this.#isLineBegun) return;
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    const text = printable(`${this.#name}: ${this.#doing()} (${seconds} s)`);
    // The cursor goes back, so that what others write next stands where the line was.
    printError(`${CLEAR}${cut(text, columns() - 1)}\r`);
  }

  /** The phase that tells how far it is, else the span that was opened last. */
  #doing(): string {
    if (!this.#engine) return this.#step;
    const open = this.#engine.spans().filter(({ endTimeUnixNano, attributes }) =>
      endTimeUnixNano === undefined && attributes["coldtrace.container"] !== true
    );
    for (const { name, attributes } of open) {
      const fraction = this.#fractions.get(String(attributes["coldtrace.phase"]));
      if (fraction !== undefined) return this.#step = `${name} ${Math.floor(fraction * 100)} %`;
    }
    // Between two spans, the one before is still what is seen.
    return this.#step = open.at(-1)?.name ?? this.#step;
  }
}

/** How wide the terminal is. */
function columns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

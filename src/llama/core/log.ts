import type { Addon } from "./addon.ts";

/** A line of llama.cpp's log: fatal and errors are 1 and 2, warnings 3, the rest higher. */
const ERROR = 2;
const INFO = 4;
const KEPT_ERRORS = 20;

/** A line at which a part of the load begins or ends. */
export type Mark = "metadata" | "vocabulary" | "tensors" | "reserved";

const MARKS: Record<Mark, RegExp> = {
  metadata: /llama_model_loader: loaded meta data/,
  vocabulary: /load: token to piece cache size/,
  tensors: /load_tensors: loading model tensors/,
  reserved: /sched_reserve: reserve took/,
};

/** Lines that tell a fact; the first group is its value. */
const FACTS = {
  "llama.backend.variant": /loaded \w+ backend from .*?([^/\\]+?)(?:\.so|\.dylib|\.dll)?$/,
  "llama.model.quantization": /print_info: file type\s+= (.+)/,
  "llama.model.architecture": /print_info: arch\s+= (\S+)/,
  "llama.model.name": /print_info: general\.name\s+= (.+)/,
  "llama.graph.reserve_ms": /sched_reserve: reserve took ([\d.]+) ms/,
  "llama.load_mode": /loading model tensors.*\(load_mode = (\w+)\)/,
} as const;

/** A buffer that llama.cpp tells the size of, as in `AMX model buffer size =  95.00 MiB`. */
const BUFFER = /(?:^|\s)(\S+)\s+(model|KV|compute|output) buffer size =\s+([\d.]+) MiB/;

/**
 * llama.cpp's log as a witness of its load: when it came to which part (marks), what it
 * found (facts), and why it failed. The lines come from the thread that loads to this one,
 * which is idle then; so their times are good to some hundredths of a millisecond.
 */
export class LlamaLog {
  readonly #marks = new Map<Mark, number>();
  readonly #facts: Record<string, string | number> = {};
  readonly #errors: string[] = [];
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
    addon.setLogger((level, message) => this.#read(level, message));
    addon.setLoggerLogLevel(INFO);
  }

  /** When the mark's line came, in `performance.now()`; undefined if it has not. */
  at(mark: Mark): number | undefined {
    return this.#marks.get(mark);
  }

  /** What the log told so far, as attributes of a span; takes them out. */
  takeFacts(): Record<string, string | number> {
    const facts = { ...this.#facts };
    for (const key of Object.keys(facts)) delete this.#facts[key];
    return facts;
  }

  /** The first error since the last call, which is the cause of those after it. */
  takeError(): string | undefined {
    const first = this.#errors[0];
    this.#errors.length = 0;
    return first;
  }

  /** Listens for errors only from now on. */
  quieten(): void {
    this.#addon.setLoggerLogLevel(ERROR);
  }

  /** Listens to nothing any more; without a logger, lines would go to stdout. */
  close(): void {
    this.#addon.setLoggerLogLevel(0);
  }

  #read(level: number, message: string): void {
    const now = performance.now();
    const line = message.trimEnd();
    if (level <= ERROR) {
      if (line !== "" && this.#errors.length < KEPT_ERRORS) this.#errors.push(line);
      return;
    }
    for (const [mark, pattern] of Object.entries(MARKS) as [Mark, RegExp][]) {
      if (!this.#marks.has(mark) && pattern.test(line)) this.#marks.set(mark, now);
    }
    for (const [name, pattern] of Object.entries(FACTS)) {
      const value = pattern.exec(line)?.[1];
      if (value !== undefined) this.#facts[name] = name.endsWith("_ms") ? Number(value) : value;
    }
    const buffer = BUFFER.exec(line);
    if (buffer !== null) {
      const [, owner, kind, mebibytes] = buffer;
      this.#facts[`llama.buffer.${`${owner} ${kind}`.toLowerCase().replace(/\W+/g, "_")}.bytes`] =
        Math.round(Number(mebibytes) * 2 ** 20);
    }
  }
}

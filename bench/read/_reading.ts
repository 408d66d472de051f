import { denoRun, program, verbRun, wholeProcess } from "../_process.ts";
import { writeLongStart } from "./_long_start.ts";

const SMALL = new URL("../../tests/testdata/starts/ready.otlp.jsonl", import.meta.url);

/** The verbs that read one start. */
export const VERBS = ["time", "blame", "chain", "gaps"] as const;
/** One of them. */
export type ReadingVerb = typeof VERBS[number];

/** Verbs that read starts of so many spans, each a whole process. */
export class Reading implements Disposable {
  readonly #dir: string = Deno.makeTempDirSync({ prefix: "coldtrace-bench-" });
  readonly #files = new Map<number, string>();
  #turn = 0;

  /** Milliseconds of a verb on a start of so many spans; on a recorded one of 38 where none are given. */
  time(verb: ReadingVerb, spans?: number): number {
    const file = spans === undefined ? SMALL.pathname : this.file(spans);
    return wholeProcess(verbRun(["--allow-read", "--allow-env"], verb, file));
  }

  /** Milliseconds of the next verb, each in its turn. */
  next(spans: number): number {
    return this.time(VERBS[this.#turn++ % VERBS.length] ?? "time", spans);
  }

  /** Milliseconds of a process that does nothing. */
  empty(): number {
    return wholeProcess(denoRun(program("programs/empty_main.ts")));
  }

  /** The file of a start of so many spans. */
  file(spans: number): string {
    let file = this.#files.get(spans);
    if (file === undefined) {
      file = `${this.#dir}/${spans}.otlp.jsonl`;
      writeLongStart(file, spans);
      this.#files.set(spans, file);
    }
    return file;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#dir, { recursive: true });
  }
}

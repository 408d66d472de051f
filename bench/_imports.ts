import { denoRun, program, wholeProcess } from "./_process.ts";

/** What a process imports. */
export type Import = "empty" | "mod" | "api" | "sdk";

/** How it does. */
export interface ImportConditions {
  /** With the project's lock file, or without one. */
  readonly lock: boolean;
  /** Whether Deno's cache has everything, or nothing. */
  readonly warm: boolean;
}

/** Processes that import something and end; with caches and a lock file of their own. */
export class Imports implements Disposable {
  readonly #dir: string = Deno.makeTempDirSync({ prefix: "coldtrace-bench-" });
  readonly #warm = new Set<string>();
  #empties = 0;

  constructor() {
    Deno.copyFileSync(new URL("../deno.lock", import.meta.url), `${this.#dir}/deno.lock`);
  }

  /** Fills the cache, or makes an empty one, for the process to be measured next. */
  prepare(what: Import, conditions: ImportConditions): void {
    if (!conditions.warm) this.#empties++;
    const key = `${what} ${conditions.lock}`;
    if (!conditions.warm || this.#warm.has(key)) return;
    // Twice: what the first run compiles is cached by the second.
    for (let i = 0; i < 2; i++) this.run(what, conditions);
    this.#warm.add(key);
  }

  /** Runs one whole process; returns its milliseconds. */
  run(what: Import, { lock, warm }: ImportConditions): number {
    const args = denoRun(
      lock ? `--lock=${this.#dir}/deno.lock` : "--no-lock",
      program(`programs/${what}_main.ts`),
    );
    const cache = warm ? "warm" : `empty-${this.#empties}`;
    return wholeProcess(args, { DENO_DIR: `${this.#dir}/${cache}` });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#dir, { recursive: true });
  }
}

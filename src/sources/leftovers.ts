/**
 * What is left of an engine when its own process has ended, on Linux.
 *
 * @module
 */
import { isAlive, processesFrom, sessionOf } from "./system/descendants.ts";

/** How often it is looked whether they have ended, in milliseconds. */
const INTERVAL = 20;

/**
 * The processes of an engine: taken note of while it lives, to see them end. Those that have made
 * themselves daemons are no longer its own: a compiler's cache, say, serves others too.
 */
export class Leftovers {
  readonly #processes: { pid: number; start: number }[] = [];

  /** Takes note of a process and of those below it. */
  constructor(pid: number) {
    const session = sessionOf(pid);
    for (const { pid: one, stat } of processesFrom(pid)) {
      const isOwn = stat !== undefined && sessionOf(one) === session;
      if (isOwn) this.#processes.push({ pid: one, start: stat.start });
    }
  }

  /** Ends those that have not ended. */
  kill(): void {
    for (const pid of this.pids) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // Gone meanwhile.
      }
    }
  }

  /** Those that have not ended. */
  get pids(): number[] {
    return this.#processes.filter(isAlive).map(({ pid }) => pid);
  }

  /**
   * Waits for their end, or until `timeout` milliseconds are over.
   *
   * @returns Those that have not ended.
   */
  async ended(timeout: number): Promise<number[]> {
    const deadline = performance.now() + timeout;
    for (let pids = this.pids;; pids = this.pids) {
      if (pids.length === 0 || performance.now() >= deadline) return pids;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  }
}

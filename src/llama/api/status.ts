import type { Progress } from "../protocol.ts";

/** What the engine is doing. */
export type EngineStatus =
  /** It starts; `phase` as in `coldtrace.phase`, `fraction` from 0 to 1. */
  | { state: "loading"; phase: string; fraction?: number }
  /** It answers. */
  | { state: "ready" }
  /** It ends what it has begun and takes nothing more. */
  | { state: "stopping" }
  /** Its core ended; so will it. */
  | { state: "failed" };

/** The status as it changes: a start only goes forward, and an end is final. */
export class StatusBoard {
  #status: EngineStatus = { state: "loading", phase: "boot" };

  /** What the engine is doing now. */
  get current(): EngineStatus {
    return this.#status;
  }

  /** The start is in this phase. */
  loading({ phase, fraction }: Progress): void {
    if (this.#status.state !== "loading") return;
    this.#status = { state: "loading", phase, ...(fraction !== undefined && { fraction }) };
  }

  /** The engine answers from now on. */
  ready(): void {
    if (this.#status.state === "loading") this.#status = { state: "ready" };
  }

  /** The engine ends. */
  end(state: "stopping" | "failed"): void {
    if (this.#status.state !== "failed") this.#status = { state };
  }
}

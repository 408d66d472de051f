import type { Engine, Launcher } from "./types.ts";

/** Messages of the embedded engine's own between a launcher and its engine, as JSON objects. */
export interface Channel {
  /**
   * Sends one message. Up to the launcher it is written before this returns, and its line must
   * not be longer than 4,096 bytes; down to the engine it may have 16 MiB, and the promise tells
   * when it has been taken (rejected: the engine is gone).
   */
  send(message: Record<string, unknown>): Promise<void>;
  /**
   * Sends a message that is of no use any more when it is lost: it may wait for others of this turn
   * of the event loop, so that they go together.
   */
  pass(message: Record<string, unknown>): void;
  /** Hands each message to `handler`, those that came before as well. */
  onMessage(handler: (message: Record<string, unknown>) => void): void;
  /** How many lines were left out, because they were too long or made no sense. */
  readonly skipped: number;
}

const channels = new WeakMap<Engine | Launcher, Channel>();

/** Notes the channel of an engine or launcher. */
export function setChannel(of: Engine | Launcher, channel: Channel): void {
  channels.set(of, channel);
}

/**
 * The channel for messages of one's own.
 *
 * @throws {TypeError} If an engine was launched without `channel`.
 */
export function channelOf(of: Engine | Launcher): Channel {
  const channel = channels.get(of);
  if (channel) return channel;
  throw new TypeError("Cannot get channel as 'engine' must be launched with a channel");
}

/** How many messages wait for a handler. */
const MAX_WAITING = 1024;

/** Messages wait here for their handler. */
export class Inbox {
  #handler: ((message: Record<string, unknown>) => void) | undefined;
  #waiting: Record<string, unknown>[] = [];

  /** Hands a message over, or keeps it. Whether it is one, made sense and found room. */
  deliver(message: unknown): boolean {
    if (typeof message !== "object" || message === null || Array.isArray(message)) return false;
    if (this.#handler) return this.#hand(message as Record<string, unknown>);
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(message as Record<string, unknown>);
    return true;
  }

  /** Sets who gets the messages, first those that have waited. */
  onMessage(handler: (message: Record<string, unknown>) => void): void {
    this.#handler = handler;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#hand(message);
  }

  /** What a handler cannot take is what an engine sent, which must not end whoever reads it. */
  #hand(message: Record<string, unknown>): boolean {
    try {
      this.#handler?.(message);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * What a reason for a slow start is.
 *
 * @module
 */
import type { Stretch } from "../on_path.ts";
import type { Start } from "../start.ts";

/** Why a start took as long as it did, with what shows it and what would change it. */
export interface Reason {
  /** Which rule it is from, e.g. `imports`. */
  readonly id: string;
  /**
   * What it accounts for, in nanoseconds; at most what the start took, but for `first-request`,
   * which comes after it.
   */
  readonly ns: bigint;
  /** Whether `ns` is only the most that it can account for. */
  readonly isUpTo: boolean;
  /** What `ns` is of the start, in per cent with one decimal. */
  readonly share: number;
  /** What happened, in a few words. */
  readonly title: string;
  /** What shows it, each as a sentence. */
  readonly evidence: readonly string[];
  /** What would change it, and what that costs. */
  readonly remedy: string;
  /** A command line for a POSIX shell: what would prove it, or at least show it again. */
  readonly command: string;
  /** Whether `command` compares two commands, and so can prove it. */
  readonly proves: boolean;
  /** What larger reasons account for, too. */
  readonly overlaps: readonly Overlap[];
}

/** Time that two reasons have in common. */
export interface Overlap {
  /** The other reason. */
  readonly id: string;
  /** How much, in nanoseconds. */
  readonly ns: bigint;
}

/** What a rule finds. */
export interface Finding extends Pick<Reason, "id" | "title" | "evidence" | "remedy"> {
  /**
   * The stretches of the critical path that it accounts for, in order of time; or, where nothing
   * tells which ones they are, how many nanoseconds of it at most.
   */
  readonly time: readonly Stretch[] | bigint;
  /** Whether the remedy saves less than `time`, or nobody knows how much of it. */
  readonly isUpTo?: boolean;
  /** What to compare; absent where nothing would prove it. */
  readonly trial?: Trial;
}

/** Two commands that differ in one thing. */
export interface Trial {
  /** What the other one is called, e.g. `eager`. */
  readonly name: string;
  /** Makes the other one of the recorded one. */
  readonly change: Change;
  /** Makes what it is compared with, where that is not the recorded one itself. */
  readonly now?: Change;
  /** Whether the other one keeps something, so that its first start only fills that. */
  readonly keeps?: boolean;
  /**
   * Makes what `run --cold` runs before each start, of the label of the other one's starts and of
   * what it ran before, if anything.
   */
  readonly cold?: (label: string, before: string | undefined) => string;
}

/** A command made of another one: the program and its arguments. */
export type Change = (words: readonly string[]) => readonly string[];

/**
 * A rule: looks for one reason.
 *
 * @returns `undefined` where nothing shows it. It never guesses.
 */
export type Rule = (start: Start) => Finding | undefined;

/**
 * What an engine's log tells of its start. A log is made for people and its wording changes from one
 * version to the next, so that others are believed before it; but it is all that is known of many an
 * engine, and facts stand nowhere else.
 *
 * @module
 */
import { type Excerpt, type ExcerptLine, LogExcerpt } from "./log/excerpt.ts";
import { LogFacts } from "./log/facts.ts";
import { LogLines } from "./log/lines.ts";
import { type LogMessage, messageOf } from "./log/message.ts";
import { missingOf } from "./log/missing.ts";
import { LogSpans } from "./log/spans.ts";
import { redactLog, withoutAnsi } from "./log/text.ts";
import type { LogProfile } from "./profiles/profile.ts";
import type { Testimony, WitnessProcess } from "./witness.ts";

export type { Excerpt, ExcerptLine } from "./log/excerpt.ts";
export type { LogMessage } from "./log/message.ts";

/** A line that somebody waits for. */
export interface AwaitedLine {
  /** Matches the line, without colours. */
  readonly line: RegExp;
  /** Told when it first came, in nanoseconds since the Unix epoch. */
  readonly seen: (timeUnixNano: bigint) => void;
}

/** Told, as they come, the messages that mean something, without secrets. */
export type LogTap = (message: LogMessage, timeUnixNano: bigint) => void;

/** More processes than a start has. */
const MAX_PROCESSES = 10_000;
/** How many messages of a kind are told on: what a log says again and again is not its start. */
const MAX_TOLD = 100;
/** How much of each; patterns match at the beginning. */
const MAX_LENGTH = 500;
const MAX_NAME = 80;
/** The kind of a message that matters for the name of its process alone. */
const NAMING = "";

type Stream = ExcerptLine["stream"];

/**
 * Reads what an engine writes, as bytes in whatever pieces, and tells what it says of its start.
 *
 * Lines end in a newline or a carriage return; colours, invalid UTF-8 and lines of other programs do
 * no harm, and a line of more than 65,536 characters is left out. It holds a bounded number of spans,
 * and the first 250 and the last 250 lines; and tells on no more than 100 messages of a kind.
 */
export class LogPhases {
  readonly #profile: LogProfile | undefined;
  /** Whether any pattern matches, which for most lines none does. */
  readonly #known: RegExp | undefined;
  #awaited: AwaitedLine | undefined;
  readonly #streams: Readonly<Record<Stream, LogLines>>;
  /** When the last bytes of a stream came, those that are being read among them. */
  readonly #times: Record<Stream, bigint> = { stdout: 0n, stderr: 0n };
  readonly #spans = new LogSpans();
  readonly #facts = new LogFacts();
  readonly #names = new Map<number, string | undefined>();
  readonly #seen = new Set<string>();
  readonly #tap: LogTap | undefined;
  /** How many messages of a kind were told on. */
  readonly #told = new Map<string, number>();
  #isSilent = true;
  readonly #excerpt = new LogExcerpt();

  /**
   * Begins to read.
   *
   * @param profile How the engine's log is read; without it, lines are kept and no more.
   * @param awaited A line that somebody waits for.
   * @param tap Told what {@linkcode LogPhases.hear} takes, so that another can tell the same.
   */
  constructor(profile: LogProfile | undefined, awaited?: AwaitedLine, tap?: LogTap) {
    this.#profile = profile;
    this.#awaited = awaited;
    this.#tap = tap;
    const sources = profile?.patterns.map(({ pattern }) => withoutNames(pattern.source)) ?? [];
    if (sources.length > 0) this.#known = new RegExp(sources.join("|"));
    this.#streams = { stdout: this.#lines("stdout"), stderr: this.#lines("stderr") };
  }

  /**
   * Takes what the engine wrote.
   *
   * @param bytes As they came. They are only lent.
   * @param timeUnixNano When they came, in nanoseconds since the Unix epoch; that is the time of the
   * lines that end in them.
   */
  take(stream: Stream, bytes: Uint8Array, timeUnixNano: bigint): void {
    this.#times[stream] = timeUnixNano;
    this.#isSilent = false;
    this.#streams[stream].push(bytes);
  }

  /** Takes a message that was found in a line, here or by one who told it on. */
  hear(message: LogMessage, time: bigint): void {
    if (!this.#profile || !this.#known) return;
    const { text, pid, process } = message;
    let kind = pid !== undefined && this.#name(pid, process) ? NAMING : undefined;
    if (this.#known.test(text)) {
      for (const pattern of this.#profile.patterns) {
        const match = pattern.pattern.exec(text);
        if (match === null) continue;
        kind = pattern.id;
        this.#seen.add(pattern.id);
        this.#facts.take(pattern.facts ?? [], text);
        this.#spans.take(pattern, message, time, statedBy(match));
      }
    }
    if (kind !== undefined) this.#tellOn(kind, message, time);
  }

  /** The first and the last lines, for the events of the start; also what has begun of a line. */
  get excerpt(): Excerpt {
    const unended = (["stdout", "stderr"] as const).map((stream): ExcerptLine => {
      const text = withoutAnsi(this.#streams[stream].held);
      const pid = this.#messageOf(text)?.pid;
      return { stream, text, pid, timeUnixNano: this.#times[stream] };
    });
    return this.#excerpt.all(unended);
  }

  /**
   * What the log tells.
   *
   * @param isReady Whether the engine got ready, so that whatever belongs to its start was to be seen.
   */
  testimony(isReady: boolean): Testimony {
    const { stdout, stderr } = this.#streams;
    const skipped = stdout.skipped + stderr.skipped;
    const facts = this.#facts.all;
    // Where nothing came, nobody listened, or the engine says nothing at all.
    const isAskedFor = isReady && !this.#isSilent;
    return {
      processes: [...this.#names].map(([pid, name]): WitnessProcess => ({ pid, name })),
      ...this.#spans.told(isReady),
      facts,
      missing: [
        ...(isAskedFor && this.#profile ? missingOf(this.#profile, this.#seen, facts) : []),
        ...(skipped > 0 ? [`lines of the log that were too long to be read: ${skipped}`] : []),
      ],
    };
  }

  #lines(stream: Stream): LogLines {
    return new LogLines({
      line: (text, isOverwritten) => {
        const plain = withoutAnsi(text);
        const message = this.#messageOf(plain);
        const time = this.#times[stream];
        const line = { stream, text: plain, pid: message?.pid, timeUnixNano: time };
        this.#excerpt.take(line, isOverwritten);
        this.#read(plain, message, time);
      },
      kept: () => this.#excerpt.keep(stream),
    });
  }

  #messageOf(line: string): LogMessage | undefined {
    return this.#profile && messageOf(line, this.#profile);
  }

  #read(line: string, message: LogMessage | undefined, time: bigint): void {
    const awaited = this.#awaited;
    if (awaited !== undefined && line.search(awaited.line) >= 0) {
      this.#awaited = undefined;
      awaited.seen(time);
    }
    if (message !== undefined) this.hear(message, time);
  }

  /**
   * Takes the name of a process, which may change as its start goes on: the last one says most.
   *
   * @returns Whether it was not known by that.
   */
  #name(pid: number, name: string | undefined): boolean {
    const isKnown = this.#names.has(pid);
    if (isKnown ? this.#names.get(pid) === name : this.#names.size >= MAX_PROCESSES) return false;
    this.#names.set(pid, name);
    return true;
  }

  /** Tells a message on. Each kind is counted for itself, so that none takes another's place. */
  #tellOn(kind: string, { text, pid, process }: LogMessage, time: bigint): void {
    const count = this.#told.get(kind) ?? 0;
    if (this.#tap === undefined || count === MAX_TOLD) return;
    this.#told.set(kind, count + 1);
    const said = kind === NAMING ? "" : redactLog(text, MAX_LENGTH);
    this.#tap({ text: said, pid, process: process?.slice(0, MAX_NAME) }, time);
  }
}

/** The duration that a line states, in nanoseconds. */
function statedBy({ groups = {} }: RegExpExecArray): bigint | undefined {
  const { seconds, ms } = groups;
  const nanoseconds = seconds !== undefined ? Number(seconds) * 1e9 : Number(ms ?? NaN) * 1e6;
  return Number.isFinite(nanoseconds) && nanoseconds >= 0
    ? BigInt(Math.round(nanoseconds))
    : undefined;
}

/** Groups may have names only once in an expression. */
function withoutNames(source: string): string {
  return source.replaceAll(/\(\?<\w+>/g, "(?:");
}

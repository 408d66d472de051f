/**
 * What an engine's log tells of its start. A log is made for people and its wording changes from one
 * version to the next, so that others are believed before it; but it is all that is known of many an
 * engine, and facts stand nowhere else.
 *
 * @module
 */
import { LogFacts } from "./log/facts.ts";
import { LogLines } from "./log/lines.ts";
import { messageOf } from "./log/message.ts";
import { missingOf } from "./log/missing.ts";
import { LogSpans } from "./log/spans.ts";
import { LogTail, type TailLine } from "./log/tail.ts";
import { withoutAnsi } from "./log/text.ts";
import type { LogProfile } from "./profiles/profile.ts";
import type { Testimony, WitnessProcess } from "./witness.ts";

export type { TailLine } from "./log/tail.ts";

/** A line that somebody waits for. */
export interface AwaitedLine {
  /** Matches the line, without colours. */
  readonly line: RegExp;
  /** Told when it first came, in nanoseconds since the Unix epoch. */
  readonly seen: (timeUnixNano: bigint) => void;
}

/** More processes than a start has. */
const MAX_PROCESSES = 10_000;

type Stream = TailLine["stream"];

/**
 * Reads what an engine writes, as bytes in whatever pieces, and tells what it says of its start.
 *
 * Lines end in a newline or a carriage return; colours, invalid UTF-8 and lines of other programs do
 * no harm, and a line of more than 65,536 characters is left out. It holds a bounded number of spans,
 * and the last 20 lines.
 */
export class LogPhases {
  readonly #profile: LogProfile | undefined;
  /** Whether any pattern matches, which for most lines none does. */
  readonly #known: RegExp | undefined;
  #awaited: AwaitedLine | undefined;
  readonly #streams: Readonly<Record<Stream, LogLines>>;
  /** When the bytes came that are being read. */
  #time = 0n;
  readonly #spans = new LogSpans();
  readonly #facts = new LogFacts();
  readonly #names = new Map<number, string | undefined>();
  readonly #seen = new Set<string>();
  #isSilent = true;
  readonly #tail = new LogTail();

  /**
   * Begins to read.
   *
   * @param profile How the engine's log is read; without it, only the last lines are kept.
   * @param awaited A line that somebody waits for.
   */
  constructor(profile: LogProfile | undefined, awaited?: AwaitedLine) {
    this.#profile = profile;
    this.#awaited = awaited;
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
    this.#time = timeUnixNano;
    this.#isSilent = false;
    this.#streams[stream].push(bytes);
  }

  /** The last lines, for the events of a start that failed; also what has begun of a line. */
  get tail(): readonly TailLine[] {
    const unended = (["stdout", "stderr"] as const).map((stream): TailLine => ({
      stream,
      text: this.#streams[stream].held,
      timeUnixNano: this.#time,
    }));
    return this.#tail.lines(unended);
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
        this.#tail.take({ stream, text, timeUnixNano: this.#time }, isOverwritten);
        this.#read(withoutAnsi(text));
      },
      kept: () => this.#tail.keep(stream),
    });
  }

  #read(line: string): void {
    const time = this.#time;
    const awaited = this.#awaited;
    if (awaited !== undefined && line.search(awaited.line) >= 0) {
      this.#awaited = undefined;
      awaited.seen(time);
    }
    if (this.#profile === undefined || this.#known === undefined) return;
    const message = messageOf(line, this.#profile);
    const { text, pid, process } = message;
    // A process may change its name as its start goes on: the last one says most.
    if (pid !== undefined && (this.#names.has(pid) || this.#names.size < MAX_PROCESSES)) {
      this.#names.set(pid, process);
    }
    if (!this.#known.test(text)) return;
    for (const pattern of this.#profile.patterns) {
      const match = pattern.pattern.exec(text);
      if (match === null) continue;
      this.#seen.add(pattern.id);
      this.#facts.take(pattern.facts ?? [], text);
      this.#spans.take(pattern, message, time, statedBy(match));
    }
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

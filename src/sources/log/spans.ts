import type { RecordEvent } from "../../trace/record.ts";
import type { LogMessage } from "./message.ts";
import type { LogPattern } from "../profiles/profile.ts";
import type { WitnessSpan } from "../witness.ts";

/** More spans and events than a start has; what a log says again and again is not its start. */
const MAX_COUNT = 2_000;

/** A span that is open, whose it is, and whether the engine may be ready before it is seen to end. */
interface OpenSpan {
  readonly span: WitnessSpan;
  readonly owner: string;
  readonly untilReady: boolean;
}

/** The spans and points in time that the lines of a log tell. */
export class LogSpans {
  readonly #ended: WitnessSpan[] = [];
  /** In the order in which they began. */
  readonly #open: OpenSpan[] = [];
  readonly #events: RecordEvent[] = [];

  /**
   * What was told, in the order of their beginnings: the spans, and the points in time. A span that
   * is open although the start is over has lost its end: then its beginning is all that is known.
   */
  told(isReady: boolean): { spans: WitnessSpan[]; events: RecordEvent[] } {
    const isLost = ({ untilReady }: OpenSpan) => isReady && !untilReady;
    const open = this.#open.filter((one) => !isLost(one)).map(({ span }) => span);
    const begun = this.#open.filter(isLost).map(({ span: { name, pid, start, attributes } }) =>
      eventOf(`${name} begins`, start, pid === undefined ? attributes : { "process.pid": pid })
    );
    return {
      spans: [...this.#ended, ...open].sort((a, b) => Number(a.start - b.start)),
      events: [...this.#events, ...begun].sort((a, b) => Number(a.timeUnixNano - b.timeUnixNano)),
    };
  }

  /** Takes a line that a pattern matches. `took` is what it states, in nanoseconds. */
  take(pattern: LogPattern, message: LogMessage, time: bigint, took: bigint | undefined): void {
    const owner = ownerOf(message);
    for (const name of pattern.closes ?? []) this.#end({ name, owner, time });
    const { span: name = pattern.id } = pattern;
    switch (pattern.marks) {
      case "begin":
        if (!this.#isFull()) {
          const span = spanOf(pattern, message, name, time);
          this.#open.push({ span, owner, untilReady: pattern.untilReady === true });
        }
        break;
      case "end": {
        const found = this.#end({ name, owner, time, took });
        if (!found && took !== undefined) this.#whole(pattern, message, name, time, took);
        break;
      }
      case "span":
        if (took !== undefined) this.#whole(pattern, message, name, time, took);
        break;
      case "point":
        if (!this.#isFull()) {
          this.#events.push(eventOf(name, time, whoseOf(message)));
        }
    }
  }

  #whole(
    pattern: LogPattern,
    message: LogMessage,
    name: string,
    time: bigint,
    took: bigint,
  ): void {
    if (this.#isFull()) return;
    this.#ended.push({ ...spanOf(pattern, message, name, time - took), end: time });
  }

  /**
   * Ends the last one of a name that its process has open; anybody's, where a line does not say whose
   * it is. What a line states of its duration is believed before the distance between lines.
   */
  #end({ name, owner, time, took }: {
    readonly name: string;
    readonly owner: string;
    readonly time: bigint;
    readonly took?: bigint | undefined;
  }): boolean {
    const at = this.#open.findLastIndex((one) =>
      one.span.name === name && (one.owner === owner || owner === "")
    );
    const [ended] = at < 0 ? [] : this.#open.splice(at, 1);
    if (ended === undefined) return false;
    const start = took === undefined ? ended.span.start : time - took;
    this.#ended.push({ ...ended.span, start, end: time });
    return true;
  }

  #isFull(): boolean {
    return this.#ended.length + this.#open.length + this.#events.length >= MAX_COUNT;
  }
}

function ownerOf({ pid, process }: LogMessage): string {
  return pid === undefined ? process ?? "" : `${pid}`;
}

/** Where a process is known by its name alone, it is told as that. */
function whoseOf({ pid, process }: LogMessage): Record<string, string | number> {
  if (pid !== undefined) return { "process.pid": pid };
  return process === undefined ? {} : { "coldtrace.log.process": process };
}

function spanOf(
  { phase, kind = "work" }: LogPattern,
  message: LogMessage,
  name: string,
  start: bigint,
): WitnessSpan {
  const { pid, process } = message;
  return {
    source: "log",
    ...(pid !== undefined && { pid }),
    name,
    ...(phase !== undefined && { phase }),
    kind,
    start,
    ...(pid === undefined && process !== undefined && { attributes: whoseOf(message) }),
  };
}

function eventOf(
  name: string,
  timeUnixNano: bigint,
  attributes: RecordEvent["attributes"] = {},
): RecordEvent {
  return { timeUnixNano, name, attributes: { "coldtrace.source": "log", ...attributes } };
}

/**
 * What coldtrace knows of an engine that does not know coldtrace. A profile is data; where it has a
 * function, that is pure.
 *
 * @module
 */
import type { RecordValue } from "../../trace/record.ts";
import type { Kind } from "../witness.ts";

/** A function of the engine that the probe times. */
export interface ProbeFunction {
  /** `module:qualname`. */
  readonly where: string;
  /** The span's name. */
  readonly name: string;
  /** The phase. */
  readonly phase: string;
  /** What its own time means. */
  readonly kind: Exclude<Kind, "container">;
  /** The versions of the engine in which it was seen to be called. */
  readonly seen: string;
  /** Whether it was read in the source only, and never seen to run. @default {false} */
  readonly unrun?: boolean;
}

/** A fact about the start that a line of the log tells: an attribute of the start. */
export interface LogFact {
  /** The attribute, `coldtrace.engine.*`. */
  readonly attribute: string;
  /** Finds the value in the message, as its first group. Where it finds none, there is no fact. */
  readonly in?: RegExp;
  /** The value, where the mere line tells it. */
  readonly value?: RecordValue;
  /** What the text means; numbers may have commas between their digits. @default {"string"} */
  readonly type?: "string" | "number" | "boolean";
  /**
   * Which one holds if several lines tell the fact; `always`: this, whatever others tell before it or
   * after it. @default {"first"}
   */
  readonly keep?: "first" | "last" | "largest" | "always";
}

/** A kind of line in the engine's log. */
export interface LogPattern {
  /** Identifies it among those of its profile. */
  readonly id: string;
  /**
   * Matches the message from its beginning (it starts with `^`): the line without colours, and
   * without what the profile's `prefix` matches. The named group `seconds` (or `ms`) is a duration
   * that the line states.
   */
  readonly pattern: RegExp;
  /** A real message, which a test matches. */
  readonly example: string;
  /** The versions of the engine in which it was seen, such as `0.32` or `0.24-0.32`. */
  readonly seen: string;
  /** Whether it was read in the source or in others' logs only, and never seen by us. @default {false} */
  readonly unrun?: boolean;
  /**
   * What it marks: the `begin` or `end` of a span, a whole `span` that is over and of which the line
   * states the duration, a `point` in time (an event of the start), or nothing but facts (`fact`).
   */
  readonly marks: "begin" | "end" | "span" | "point" | "fact";
  /** The span that begins or ends, or is told; the event's name for a `point`. */
  readonly span?: string;
  /** The span's phase. */
  readonly phase?: string;
  /** What the span's time means. @default {"work"} */
  readonly kind?: Kind;
  /**
   * Whether the span that it begins lasts until the engine is ready, so that it may be ready before
   * somebody has read the line that ends it. Any other span that is open then has lost its end.
   * @default {false}
   */
  readonly untilReady?: boolean;
  /** Spans of the same process that are over by now, and of which no line tells the end. */
  readonly closes?: readonly string[];
  /** Facts about the start that it tells. */
  readonly facts?: readonly LogFact[];
  /**
   * Whether it, or another pattern of the same span, is expected in every start that gets ready, so
   * that its absence is told. @default {false}
   */
  readonly expected?: boolean;
  /** Values of facts with which it is not expected. */
  readonly unless?: Readonly<Record<string, readonly RecordValue[]>>;
}

/** How an engine's log is read. */
export interface LogProfile {
  /** What people call the engine, for lines about what was not seen. */
  readonly engine: string;
  /**
   * Matches what stands before the message, with the named groups `process` and `pid` where a line
   * says whose it is. A line without it is looked at as a whole.
   */
  readonly prefix?: RegExp;
  /** The keys of lines that are JSON objects: the message, the process's name and its id. */
  readonly json?: { readonly message: string; readonly process: string; readonly pid: string };
  /** The kinds of lines that are known. */
  readonly patterns: readonly LogPattern[];
}

/** An engine, recognised from its command. */
export interface Recognised {
  /** The model that it is to serve, if the command names one. */
  readonly model?: string;
  /** Where it will listen; `undefined` where it will not. */
  readonly host?: string;
  readonly port?: number;
  /** Whether it answers over HTTPS. @default {false} */
  readonly tls?: boolean;
  /** The key that its API asks for. Never stored. */
  readonly apiKey?: string;
  /** Whether it sends spans of its requests, by a flag of its own. */
  readonly tracesRequests?: boolean;
  /** Where its spans go, where the command itself names a place. */
  readonly endpoint?: string;
  /** Who takes part in the start and is nowhere that a witness could be, in a line for people. */
  readonly outOfReach?: string;
  /** Facts that the command tells, for the root span; without secrets. */
  readonly facts?: Readonly<Record<string, RecordValue>>;
}

/** How it is found out that an engine is ready. */
export interface ReadinessProfile {
  /** The path that is asked; an answer of 200 to 299 means ready. */
  readonly path: string;
  /** A request for one token; absent where the engine generates none. */
  readonly firstToken?: {
    readonly path: string;
    /** The body, where the engine calls its model `model`. */
    readonly body: (model: string) => unknown;
    /** Where the name of the model is found, if the command does not say. */
    readonly models?: string;
    /** The variable that holds the key which its API asks for, if the command does not. */
    readonly keyVariable?: string;
  };
}

/** What coldtrace knows of one engine. */
export interface EngineProfile {
  /** What `--engine` calls it. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** What a command says of the engine, if it is this one's. `args[0]` is the program. */
  readonly recognise: (args: readonly string[]) => Recognised | undefined;
  /** Where it listens, if it is not told where. */
  readonly address: { readonly host: string; readonly port: number };
  /** How to know that it is ready. */
  readonly readiness?: ReadinessProfile;
  /** What the probe times in it; absent for engines that are not Python's. */
  readonly python?: {
    /** The package whose version is the engine's. */
    readonly package: string;
    /** Loads what it may time: not everyone who asks for the engine's name needs it. */
    readonly functions: () => Promise<readonly ProbeFunction[]>;
    /** The function whose end means that the engine answers, where nobody asks it. */
    readonly ready?: string;
  };
  /** Its own spans, where it sends some of its start. */
  readonly otlp?: {
    /** The variables that send them to `endpoint` (a full URL, with its path). */
    readonly env: (endpoint: string) => Readonly<Record<string, string>>;
    /** The protocol that it uses where no variable says which. */
    readonly protocol: "grpc" | "http/protobuf";
    /** The names of spans that only hold others. */
    readonly containers: readonly string[];
    /** The names of spans that belong to requests, and not to the start. */
    readonly requests: readonly string[];
    /** The phase of a span by its name. */
    readonly phases: Readonly<Record<string, string>>;
  };
  /** Loads how its log is read. */
  readonly log?: () => Promise<LogProfile>;
}

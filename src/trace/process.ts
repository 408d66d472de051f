/**
 * What there is once in a process: the state that all copies of this module share, the
 * environment with its settings, the clock, and the resource that its spans are of.
 *
 * @module
 */
import type { State } from "./_state.ts";
import type { RecordResource } from "./record.ts";
import { readSettings, type ReadVariable, type Settings } from "./settings.ts";
import type { TimeInput } from "./types.ts";

const KEY: unique symbol = Symbol.for("coldtrace.v1");

let local: State | undefined;

/** The shared state, made on first use, so that importing leaves no trace. */
export function state(): State {
  return local ??= (globalThis as { [KEY]?: State })[KEY] ??= {
    known: false,
    exports: false,
    wanted: false,
    collectors: new Set(),
    waiting: undefined,
    dropped: 0,
    pipe: undefined,
    queue: undefined,
    inbound: undefined,
    offSpan: undefined,
    renamed: new Map(),
    manager: undefined,
    resource: undefined,
    warned: new Set(),
  };
}

/**
 * The value of one environment variable; `undefined` where it is unset or may not be read.
 * It asks for permission only whether there is one, so it never prompts and never throws.
 */
export function processVariable(name: string): string | undefined {
  try {
    const { state } = Deno.permissions.querySync({ name: "env", variable: name });
    return state === "granted" ? Deno.env.get(name) : undefined;
  } catch {
    return undefined; // the name or the value is none that Deno can read
  }
}

let cached: Settings | undefined;

/** The settings of this process, read once. */
export function settings(): Settings {
  return cached ??= fromVariables(readSettings);
}

/**
 * Has this process's variables read: without a prompt, each only if that is permitted. Warnings go
 * to stderr, unless the launcher above has told them: the variables of a start are the same in all
 * its processes.
 */
export function fromVariables<T>(
  reader: (read: ReadVariable, warn: (line: string) => void) => T,
): T {
  return reader(variables(), (line) => {
    if (!isPipeAnnounced()) warn(line);
  });
}

/**
 * Whether a launcher above this process waits for its spans: `COLDTRACE_CHANNEL` is
 * `stdio:PID` and PID is this process's parent. A grandchild that inherited the variable is
 * not meant.
 */
export function isPipeAnnounced(): boolean {
  return processVariable("COLDTRACE_CHANNEL") === `stdio:${Deno.ppid}`;
}

/** How to read variables, many at once: asking for each costs more than reading it. */
function variables(): ReadVariable {
  const { state, partial } = Deno.permissions.querySync({ name: "env" });
  if (state !== "granted" || partial) return processVariable;
  const env = Deno.env.toObject();
  return (name) => env[name];
}

/**
 * Writes one line, `coldtrace: ...`, to stderr, once per process for each text.
 *
 * Synchronous, so that it is out even when the process ends next; and silent where stderr
 * is closed, since trouble with telemetry never reaches the host.
 */
export function warn(line: string): void {
  const { warned } = state();
  if (warned.has(line)) return;
  warned.add(line);
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(`coldtrace: ${line}\n`));
  } catch {
    // Nobody is left to be told.
  }
}

/** That of deno.json, which a test compares: importing it would cost every process 0.3 ms. */
const VERSION = "0.1.0";

/**
 * The resource of this process: one object, shared by all its records.
 *
 * The names are those of OpenTelemetry's semantic conventions. There is no path among the
 * values: what `service.name` is by default in JavaScript's SDK would hold one.
 */
export function processResource(): RecordResource {
  return state().resource ??= {
    attributes: {
      "service.name": "unknown_service:deno",
      "telemetry.sdk.name": "coldtrace",
      "telemetry.sdk.language": "javascript",
      "telemetry.sdk.version": VERSION,
      "process.pid": Deno.pid,
      "process.runtime.name": "deno",
      "process.runtime.version": Deno.version.deno,
      ...settings().resourceAttributes,
    },
  };
}

/** Names this process within its start ("API server"), on spans already made too. */
export function setProcessName(name: string): void {
  processResource().attributes["coldtrace.process"] = name;
}

/**
 * A moment as a live span keeps it: a `performance.now()` reading in milliseconds, which
 * costs nothing to take, or nanoseconds since the Unix epoch, for times that were given.
 */
export type Moment = number | bigint;

/** The time origin of this process, in nanoseconds since the Unix epoch. */
let origin: bigint | undefined;

/** Milliseconds as nanoseconds, without losing the fraction of a number as large as today. */
function nanoseconds(milliseconds: number): bigint {
  const whole = Math.trunc(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
}

/** Nanoseconds since the Unix epoch of a `performance.now()` reading, by default of now. */
export function unixNano(reading: number = performance.now()): bigint {
  origin ??= nanoseconds(performance.timeOrigin);
  return origin + nanoseconds(reading);
}

/** The largest `performance.now()` reading: three years; as a date it would be in 1973. */
const LAST_READING = 1e11;

/** What a caller gave as a time; now, where it gave none or nonsense. */
export function momentOf(time?: TimeInput): Moment {
  if (Array.isArray(time)) {
    const [seconds, nanos] = time;
    return Number.isFinite(seconds) && Number.isFinite(nanos)
      ? BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.round(nanos))
      : performance.now();
  }
  const milliseconds = time instanceof Date ? time.getTime() : time;
  if (typeof milliseconds !== "number" || !Number.isFinite(milliseconds)) return performance.now();
  return typeof time === "number" && time < LAST_READING ? time : nanoseconds(milliseconds);
}

/** The last time that OTLP's 64 bits hold, in the year 2554. */
const LAST_NANO = 2n ** 64n - 1n;

/** A moment in nanoseconds since the Unix epoch, as far as OTLP has a number for it. */
export function nanoOf(moment: Moment): bigint {
  const nano = typeof moment === "bigint" ? moment : unixNano(moment);
  return nano < 0n ? 0n : nano > LAST_NANO ? LAST_NANO : nano;
}

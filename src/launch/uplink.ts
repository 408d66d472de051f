/**
 * Where the spans of engines go: to the launcher above this process, if there is one, else to
 * the exporter. This is the one place that decides.
 *
 * @module
 */
import type { RecordResource, SpanRecord } from "../trace/record.ts";
import { isPipeAnnounced } from "../trace/process.ts";
import { exportRecords } from "../trace/sink.ts";
import { joined } from "./_line_reader.ts";
import { encodeHello, encodeMessage, encodeSpan } from "./_message.ts";

/** A process below this one, as it showed itself. */
export interface ProcessInfo {
  /** Its process id. */
  readonly pid: number;
  /** When it started, in nanoseconds since the Unix epoch. */
  readonly timeOrigin: bigint;
  /** Who it is. */
  readonly resource: RecordResource;
}

/** The open way to the launcher above: one line of the protocol at a time. */
export interface Uplink {
  /** Writes a line of this process before it returns. */
  send(line: Uint8Array): void;
  /**
   * Takes a line that can wait until this turn of the event loop is over, and is then written
   * together with others: each write wakes the launcher, in the middle of a start.
   */
  pass(line: Uint8Array): void;
}

/** What exists once per process, though two copies of this module may be loaded. */
interface LaunchState {
  /** Set while connected. */
  uplink?: Uplink | undefined;
  /** What is told once it is known whether there is a launcher above; `undefined` once it is. */
  waiting?: (() => void)[] | undefined;
  /** Whether `waiting` has been decided upon. */
  known?: boolean;
}

/** How much waits for a launcher that announced itself; what comes then is lost. */
const MAX_WAITING = 8192;
/** How long a reader of stdout may be away where a program below made our stdout non-blocking. */
const PATIENCE = 1000;
/** How much of a line without an end is held back where a launcher above reads lines. */
const MAX_HELD = 65_536;
const NEWLINE = 10;
const KEY: unique symbol = Symbol.for("coldtrace.v1.launch");

/** The state that all copies of this module share. */
function launchState(): LaunchState {
  return (globalThis as { [KEY]?: LaunchState })[KEY] ??= {};
}

/** Whether a launcher above this process is connected, or has announced itself and is awaited. */
export function isLauncherAbove(): boolean {
  const state = launchState();
  if (!state.known) {
    state.known = true;
    if (isPipeAnnounced()) state.waiting = [];
  }
  return state.uplink !== undefined || state.waiting !== undefined;
}

/** Whether a launcher above this process is connected. */
export function isUplinkOpen(): boolean {
  return launchState().uplink !== undefined;
}

/** Tells what has waited, now that `uplink` is there, or that nobody is above. */
export function settleUplink(uplink: Uplink | undefined): void {
  const state = launchState();
  const waiting = state.waiting ?? [];
  Object.assign(state, { known: true, uplink, waiting: undefined });
  for (const tell of waiting) tell();
}

/** Tells the launcher above of a process below. */
export function relayHello(process: ProcessInfo): void {
  whenKnown((uplink) => uplink?.send(encodeHello(process)));
}

/** Tells the launcher above that a process below leads a group of its own, or no longer does. */
export function relayGroup(pid: number, alive: boolean): void {
  launchState().uplink?.send(encodeMessage({ coldtrace: "group", pid, alive }));
}

/** Tells the launcher above of a span that started; `pid` is that of the process, if not ours. */
export function relayStart(record: SpanRecord, pid?: number): void {
  whenKnown((uplink) => uplink?.send(encodeSpan("start", record, pid)));
}

/** Hands on a span that ended: to the launcher above, else to the exporter. */
export function relayEnd(record: SpanRecord, pid?: number): void {
  whenKnown((uplink) => {
    if (uplink) uplink.send(encodeSpan("end", record, pid));
    else exportRecords([record]);
  });
}

/** Passes a line of a process below on as it came, if there is a launcher above. */
export function relayLine(line: Uint8Array): void {
  launchState().uplink?.pass(line);
}

function whenKnown(tell: (uplink: Uplink | undefined) => void): void {
  const state = launchState();
  if (isLauncherAbove() && state.waiting) {
    if (state.waiting.length < MAX_WAITING) state.waiting.push(() => tell(state.uplink));
  } else {
    tell(state.uplink);
  }
}

/**
 * Writes all of `bytes` to stdout before it returns.
 *
 * @throws {Error} If nobody reads.
 */
export function writeAll(bytes: Uint8Array): void {
  for (let written = 0, waited = 0; written < bytes.length;) {
    try {
      written += Deno.stdout.writeSync(bytes.subarray(written));
    } catch (error) {
      // A program that shares our stdout may have made it non-blocking for all.
      if (!(error instanceof Deno.errors.WouldBlock) || waited++ >= PATIENCE) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Passes on to stdout what an engine wrote besides the protocol. */
export class PassOn {
  #held = new Uint8Array(0) as Uint8Array;

  /** Takes the next bytes; what it returns settles when they are out. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (!isLauncherAbove()) return writeLater(bytes);
    // Our stdout is a channel: a line of ours must not begin in the middle of one of these.
    const all = joined([this.#held, bytes]);
    const whole = all.lastIndexOf(NEWLINE) + 1;
    this.#held = all.slice(whole);
    writeQuietly(all.subarray(0, whole));
    if (this.#held.length > MAX_HELD) this.close();
  }

  /** Ends a line that was begun. */
  close(): void {
    if (this.#held.length > 0) writeQuietly(joined([this.#held, new Uint8Array([NEWLINE])]));
    this.#held = new Uint8Array(0);
  }
}

function writeQuietly(bytes: Uint8Array): void {
  try {
    writeAll(bytes);
  } catch {
    // Nobody reads; the engine goes on.
  }
}

/** Not synchronous: a terminal that is held must not hold up the launcher. */
async function writeLater(bytes: Uint8Array): Promise<void> {
  try {
    for (let written = 0; written < bytes.length;) {
      written += await Deno.stdout.write(bytes.subarray(written));
    }
  } catch {
    // Nobody reads; the engine goes on.
  }
}

/**
 * What the operating system tells of an engine's processes, on Linux: births, deaths, names, and
 * what they used.
 *
 * @module
 */
import { unixNano } from "../trace/process.ts";
import type { RecordAttributes } from "../trace/record.ts";
import { redactArgs, redactText } from "../trace/redact.ts";
import { BootClock } from "./system/proc_clock.ts";
import {
  childrenOf,
  commandLineOf,
  executableOf,
  isOver,
  mayReadFiles,
  memoryOf,
  type ProcStat,
  readStat,
  TICK_MS,
} from "./system/proc_files.ts";
import { isTitle, nameOfCommand } from "./system/proc_name.ts";
import { ProcSamples } from "./system/proc_samples.ts";
import type { Testimony, WitnessProcess } from "./witness.ts";

/** A watch over the processes of an engine. */
export interface ProcessTree {
  /** What is known until now. */
  testimony(): Testimony;
  /** Looks once more, and then never again. */
  stop(): void;
}

/**
 * What waking up for a look costs besides, in milliseconds, as measured in a virtual machine: an
 * empty timer of Deno's takes so much processor time, which no clock within it can see.
 */
const WAKING = 0.4;
/** How many times what a look costs is waited until the next: 1 % of a core. */
const PATIENCE = 100;
/** How much of a command is kept: arguments, and characters of each. */
const MOST_ARGS = 100;
const MOST_CHARACTERS = 1000;
/** How many processes are kept, so that an engine that makes them without end takes no memory. */
const MOST_PROCESSES = 2000;

/**
 * Watches a process and all that come from it: its children, theirs, and those among them whose
 * parents end before they do.
 *
 * It reads `/proc/PID/task/TID/children`, `stat`, `status` and `cmdline` (proc(5)), at once and then
 * every 40 ms or more, as seldom as it takes to cost no more than 1 % of a core. The grain of a birth is
 * that of the system, 10 ms (the clock tick, rounded down); a death is told at the first look that
 * finds a process gone, or a zombie, so it is never before anything that the process did. Who lives
 * between two looks is missed. It does not keep this process alive and never throws: where there is
 * no such `/proc`, or it may not be read (that takes `--allow-all`), `missing` says so.
 *
 * Attributes of a process are `process.command`, `process.command_args` (without secrets),
 * `process.executable.name` and `process.title` of OpenTelemetry's semantic conventions,
 * `coldtrace.process.cpu_time_ms` (user and system, all threads) and `coldtrace.process.max_rss`
 * (bytes), the last two as of the last look. Its `samples` are what it used at up to 120 looks.
 *
 * @param pid The engine's own process.
 */
export function watchProcessTree(pid: number): ProcessTree {
  const reason = obstacle();
  if (reason !== undefined) return unwatched(`Processes were not watched: ${reason}`);
  return new Watch(pid);
}

/** Why nothing can be seen, if so. */
function obstacle(): string | undefined {
  if (Deno.build.os !== "linux") return `${Deno.build.os} has no /proc`;
  if (!mayReadFiles()) return "reading /proc takes --allow-all";
  try {
    Deno.readTextFileSync("/proc/thread-self/children");
    return undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return "reading /proc takes --allow-all";
    return "this system has no /proc/PID/task/TID/children";
  }
}

function unwatched(line: string): ProcessTree {
  return { testimony: () => ({ processes: [], spans: [], missing: [line] }), stop: () => {} };
}

/** A process that was seen. */
interface Seen {
  readonly pid: number;
  /** Who was seen to have it as a child. */
  readonly parent: number | undefined;
  /** When it was made, in ticks; with `pid` it tells processes apart. */
  readonly start: number;
  /** When it was seen first. */
  readonly first: bigint;
  died?: bigint;
  /** In ticks. */
  cpu: number;
  maxRss?: number | undefined;
  readonly samples: ProcSamples;
  /** What its arguments were when they were read last, to notice that they have changed. */
  commandLine: string;
  name: string;
  attributes: RecordAttributes;
}

class Watch implements ProcessTree {
  readonly #root: number;
  readonly #clock = new BootClock();
  readonly #all: Seen[] = [];
  /** Those that were alive at the last look. */
  readonly #living = new Map<number, Seen>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  /** What the look before took, in milliseconds. */
  #cost = 0;

  constructor(root: number) {
    this.#root = root;
    const stat = readStat(root);
    // It may be over and told all the same, as far as it is still there.
    if (stat) this.#add(root, stat, undefined);
    this.#round();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#look();
  }

  testimony(): Testimony {
    const processes = this.#all.map((seen) => this.#told(seen));
    const missing = [
      ...(this.#all.length === 0 ? [`Process ${this.#root} was gone before it was seen`] : []),
      ...(this.#all.length === MOST_PROCESSES
        ? [`Processes were watched only up to the first ${MOST_PROCESSES}`]
        : []),
    ];
    return { processes, spans: [], ...(missing.length > 0 && { missing }) };
  }

  #told(seen: Seen): WitnessProcess {
    const { pid, parent, name, first, start, died, attributes, cpu, maxRss } = seen;
    const time = this.#clock.timeOf(start);
    return {
      pid,
      ...(parent !== undefined && { parent }),
      name,
      // A container's own /proc/uptime (of lxcfs) would have it born in the future.
      born: time !== undefined && time < first ? time : first,
      ...(died !== undefined && { died }),
      samples: seen.samples.told(this.#all.length),
      attributes: {
        ...attributes,
        "coldtrace.process.cpu_time_ms": cpu * TICK_MS,
        ...(maxRss !== undefined && { "coldtrace.process.max_rss": maxRss }),
      },
    };
  }

  /** Looks, and plans the next look, while there is anything to be seen. */
  #round(): void {
    const begin = performance.now();
    this.#look();
    const cost = performance.now() - begin;
    // One look that others' programs delay does not mean that looks are expensive.
    const usual = Math.min(cost, this.#cost);
    this.#cost = cost;
    if (this.#living.size === 0) return;
    this.#timer = setTimeout(() => this.#round(), (usual + WAKING) * PATIENCE);
    this.#timer.unref();
  }

  #look(): void {
    this.#clock.read();
    // A map's iteration comes to what is added meanwhile: children of children are seen too.
    for (const seen of this.#living.values()) {
      const stat = readStat(seen.pid);
      const isOther = stat !== undefined && stat.start !== seen.start;
      if (stat && !isOther) this.#update(seen, stat);
      if (!stat || isOther || isOver(stat)) {
        seen.died = unixNano();
        this.#living.delete(seen.pid);
        continue;
      }
      for (const child of childrenOf(seen.pid, stat.threads)) {
        if (!this.#living.has(child)) this.#found(child, seen.pid);
      }
    }
  }

  #found(pid: number, parent: number): void {
    const stat = readStat(pid);
    if (!stat) return;
    // A zombie stays a child until its parent takes note.
    const isKnown = isOver(stat) &&
      this.#all.some((seen) => seen.pid === pid && seen.start === stat.start);
    if (!isKnown) this.#add(pid, stat, parent);
  }

  #add(pid: number, stat: ProcStat, parent: number | undefined): void {
    if (this.#all.length === MOST_PROCESSES) return;
    const seen: Seen = {
      pid,
      parent,
      start: stat.start,
      first: unixNano(),
      cpu: stat.cpu,
      samples: new ProcSamples(),
      commandLine: "",
      // All that is left of a zombie.
      name: stat.name,
      attributes: {},
    };
    this.#all.push(seen);
    this.#living.set(pid, seen);
  }

  #update(seen: Seen, { cpu }: ProcStat): void {
    seen.cpu = cpu;
    const memory = memoryOf(seen.pid);
    if (memory) {
      seen.maxRss = memory.maxRss;
      seen.samples.take({ time: unixNano(), cpu: cpu * TICK_MS, rss: memory.rss });
    }
    const args = commandLineOf(seen.pid);
    const commandLine = args.join("\0");
    if (commandLine === "" || commandLine === seen.commandLine) return;
    seen.commandLine = commandLine;
    seen.name = redactText(nameOfCommand(args) ?? seen.name);
    Object.assign(seen.attributes, describe(seen.pid, args));
  }
}

function describe(pid: number, args: readonly string[]): RecordAttributes {
  const executable = executableOf(pid);
  const named = executable === undefined ? {} : { "process.executable.name": executable };
  // What the arguments were stays known, if they were seen before the title.
  if (isTitle(args)) return { ...named, "process.title": redactText(args[0] ?? "") };
  const kept = args.slice(0, MOST_ARGS).map((arg) => arg.slice(0, MOST_CHARACTERS));
  const redacted = redactArgs(kept);
  return {
    ...named,
    "process.command": redacted[0] ?? "",
    "process.command_args": redacted,
  };
}

/**
 * Those who watch the start of an engine that does not know coldtrace, together.
 *
 * @module
 */
import { exitAttributes } from "../launch/exit_status.ts";
import type { StreamName, WrappedProgram } from "../launch/wrapped_program.ts";
import type { CgroupSnapshot } from "../sources/cgroup.ts";
import type { FirstToken } from "../sources/first_token.ts";
import type { LogPhases } from "../sources/log_phases.ts";
import type { ProcessTree } from "../sources/process_tree.ts";
import type { EngineProfile, Recognised } from "../sources/profiles/profile.ts";
import type { Probe } from "../sources/python_probe.ts";
import type { ReadinessWatch } from "../sources/readiness.ts";
import type { Receiver } from "../sources/receiver.ts";
import type { Testimony, WitnessProcess } from "../sources/witness.ts";
import { injectEnv, rootContext, spanContextOf, withSpanContext } from "../trace/context.ts";
import { processVariable, unixNano } from "../trace/process.ts";
import type { RecordAttributes, RecordEvent, SpanRecord } from "../trace/record.ts";
import { redactArgs } from "../trace/redact.ts";
import { exportRecords } from "../trace/sink.ts";
import type { Context } from "../trace/types.ts";
import { within } from "../trace/within.ts";
import type { OpenLog } from "./open_log.ts";

/** What is known of an engine, and how it is to be watched. */
export interface WitnessesOptions {
  /** The engine, if it is known. */
  readonly profile?: EngineProfile | undefined;
  /** What its command says. */
  readonly recognised?: Recognised | undefined;
  /** What the probe does in its Python processes, and the folder that it may use. */
  readonly probe?: { readonly mode: "imports" | "functions"; readonly dir: string } | undefined;
  /** Whether it sends its own spans to us: nobody named another place, or `forward` is on. */
  readonly receive: boolean;
  /** Whether what it sends goes on to where our own spans go. */
  readonly forward: boolean;
  /** Where it answers when it is ready. */
  readonly readyUrl?: string | undefined;
  /** What it writes when it is ready. */
  readonly readyLine?: RegExp | undefined;
  /** Whether the start is over as soon as the program is executed: there is little to watch. */
  readonly isBrief: boolean;
  /** What nobody can see, each as a line for people. */
  readonly unseen: readonly string[];
  /** Told, in one line, who cannot watch, and why. */
  readonly warn: (line: string) => void;
}

/** How long is waited after ready for spans that are on their way, in milliseconds. */
const ON_THE_WAY = 300;

/** Those who watch one start. */
export class Witnesses implements AsyncDisposable {
  /** Resolves with the moment since which the engine is ready; never, if nothing tells. */
  readonly ready: Promise<bigint>;
  /** Whether somebody told the engine to end before it was ready. */
  wasToldToEnd = false;
  readonly #options: WitnessesOptions;
  readonly #isReady: (time: bigint) => void;
  #log: LogPhases | undefined;
  #noted: OpenLog | undefined;
  #probe: Probe | undefined;
  #receiver: Receiver | undefined;
  #system: System | undefined;
  #ask: Asking | undefined;
  /** The engine's own spans of its start that went on. */
  readonly #forwarded = new Set<string>();
  readonly #cgroups: (CgroupSnapshot | undefined)[] = [];
  #program: WrappedProgram | undefined;
  #command: readonly string[] = [];
  #isReleased = false;
  #tree: ProcessTree | undefined;
  #readiness: ReadinessWatch | undefined;

  /** Makes ready to watch; who cannot is left out, and that is told. */
  static async open(options: WitnessesOptions): Promise<Witnesses> {
    const witnesses = new Witnesses(options);
    // Each is loaded only where it has something to see: what a start waits for is us, too.
    await Promise.all([
      witnesses.#openLog(),
      witnesses.#openProbe(),
      witnesses.#openReceiver(),
      witnesses.#openSystem(),
      witnesses.#openReadiness(),
    ]);
    return witnesses;
  }

  private constructor(options: WitnessesOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<bigint>();
    this.ready = promise;
    this.#isReady = resolve;
  }

  async #openLog(): Promise<void> {
    const { profile, readyLine, isBrief } = this.#options;
    if (isBrief) return;
    const [{ LogPhases }, log] = await Promise.all([
      import("../sources/log_phases.ts"),
      profile?.log?.(),
    ]);
    const awaited = readyLine && { line: readyLine, seen: this.#isReady };
    this.#log = new LogPhases(log, awaited, (message, time) => {
      this.#noted?.said(message, time);
    });
  }

  async #openProbe(): Promise<void> {
    const { profile, probe, warn } = this.#options;
    if (probe === undefined) return;
    const { ready } = profile?.python ?? {};
    const [{ installProbe }, functions = []] = await Promise.all([
      import("../sources/python_probe.ts"),
      probe.mode === "functions" ? profile?.python?.functions() : undefined,
    ]);
    try {
      // Where we are killed, it is by this function that the hooks go.
      this.#probe = installProbe({ ...probe, functions, ready });
    } catch (error) {
      warn((error as Error).message);
    }
  }

  async #openReceiver(): Promise<void> {
    const { profile, receive } = this.#options;
    if (!receive) return;
    const { startReceiver } = await import("../sources/receiver.ts");
    const hand = (spans: readonly SpanRecord[]) => {
      if (!this.#isReleased) {
        for (const { traceId, spanId } of spans) this.#forwarded.add(traceId + spanId);
      }
      forward(spans);
    };
    this.#receiver = startReceiver({
      profile: profile?.otlp,
      forward: this.#options.forward ? hand : undefined,
    });
  }

  async #openSystem(): Promise<void> {
    if (this.#options.isBrief) return;
    const [tree, cgroup] = await Promise.all([
      import("../sources/process_tree.ts"),
      import("../sources/cgroup.ts"),
    ]);
    this.#system = { ...tree, ...cgroup };
  }

  async #openReadiness(): Promise<void> {
    const { readyUrl, isBrief } = this.#options;
    if (readyUrl === undefined || isBrief) return;
    const [readiness, firstToken] = await Promise.all([
      import("../sources/readiness.ts"),
      import("../sources/first_token.ts"),
    ]);
    this.#ask = { ...readiness, ...firstToken };
  }

  /** The command, with the place that it names for its spans replaced by ours, if they come here. */
  command(command: readonly string[]): readonly string[] {
    const { endpoint } = this.#options.recognised ?? {};
    const receiver = this.#receiver;
    if (endpoint === undefined || receiver === undefined) return command;
    return command.map((arg) =>
      arg === endpoint || arg.endsWith(`=${endpoint}`)
        ? arg.slice(0, arg.length - endpoint.length) + receiver.endpoint
        : arg
    );
  }

  /** The environment of the engine: ours, with what the witnesses need. */
  env(inherited: Readonly<Record<string, string>>, context: Context): Record<string, string> {
    const { profile, recognised } = this.#options;
    // One that traces its requests would have those without a context of their own join its start.
    const tracesRequests = recognised?.tracesRequests === true;
    const env = injectEnv(inherited, tracesRequests ? rootContext : sampled(context));
    const { TRACEPARENT, TRACESTATE } = env;
    if (profile?.otlp) {
      // vLLM reads these names first.
      if (TRACEPARENT !== undefined) env.traceparent = TRACEPARENT;
      if (TRACESTATE !== undefined) env.tracestate = TRACESTATE;
    }
    if (this.#receiver) Object.assign(env, profile?.otlp?.env(this.#receiver.endpoint));
    return this.#probe ? { ...env, ...this.#probe.env(env) } : env;
  }

  /** The engine's process exists. What its log says of the start is noted in `noted`. */
  launched(program: WrappedProgram, command: readonly string[], noted?: OpenLog): void {
    this.#program = program;
    this.#noted = noted;
    this.#command = redactArgs(command);
    // Ours, which the engine inherits: that of a process that has ended is nowhere.
    this.#cgroups.push(this.#system?.cgroupSnapshot(Deno.pid));
    this.#tree = this.#system?.watchProcessTree(program.pid);
    const { readyUrl = "" } = this.#options;
    this.#readiness = this.#ask?.watchReadiness({ url: readyUrl });
    this.#readiness?.ready.then(this.#isReady);
  }

  /** The folder into which the probe writes, if there is one. */
  get probeDir(): string | undefined {
    return this.#probe?.dir;
  }

  /** The engine wrote something. */
  take(stream: StreamName, bytes: Uint8Array): void {
    // What is read only after its end was written before.
    const ended = this.#program?.ended;
    this.#log?.take(stream, bytes, ended === undefined ? unixNano() : ended - 1n);
  }

  /** Asks for one token. */
  firstToken(): Promise<FirstToken> {
    const { profile, recognised, readyUrl } = this.#options;
    const ask = profile?.readiness?.firstToken;
    if (!ask || readyUrl === undefined || !this.#ask) {
      return Promise.resolve({ error: "nobody knows how to ask this engine for a token" });
    }
    const { model, apiKey = ask.keyVariable && processVariable(ask.keyVariable) } = recognised ??
      {};
    // One that says so in its log may listen a moment later.
    const readiness = this.#readiness;
    const listens = readiness && (() => readiness.listens());
    return this.#ask.askFirstToken({ url: readyUrl, ...ask, model, apiKey, listens });
  }

  /**
   * Ends the watch: nothing is asked, read or hooked from here on. What is on its way, of an engine
   * that lives, has a moment to come.
   */
  async settle({ isReady, died }: Outcome): Promise<void> {
    this.#readiness?.stop();
    this.#probe?.stop();
    this.#cgroups.push(this.#system?.cgroupSnapshot(Deno.pid));
    // Its last look is at the end of the start.
    this.#tree?.stop();
    // No longer than the engine lives.
    if (this.#receiver && isReady && !died && this.#program) {
      await within(ON_THE_WAY, this.#program.status);
    }
  }

  /** What they tell, in the order in which they are believed about processes. */
  testimonies({ isReady, died }: Outcome): Testimony[] {
    const { pid, executed, ended } = this.#program ?? { pid: 0 };
    const known = (process: Partial<WitnessProcess>): Testimony => ({
      processes: pid === 0 ? [] : [{ pid, ...process }],
      spans: [],
    });
    return [
      // The end of its process is seen by us at once, the beginning of its program by itself.
      known({ died: ended, attributes: died ? exitAttributes(died) : {} }),
      this.#log?.testimony(isReady),
      this.#receiver?.testimony(),
      this.#tree?.testimony(),
      this.#probe?.testimony(),
      this.#readiness && { ...this.#readiness.testimony(), ...(died && { missing: [] }) },
      known({ arrived: executed, attributes: { "process.command_args": this.#command } }),
    ].filter((testimony) => testimony !== undefined);
  }

  /** What there is to say of the start as a whole, for its root span. */
  summary(
    outcome: Outcome,
    testimonies: readonly Testimony[] = this.testimonies(outcome),
  ): Summary {
    const facts = Object.assign({}, ...testimonies.map(({ facts }) => facts));
    const missing = [
      ...this.#options.unseen,
      ...this.#unread(),
      ...testimonies.flatMap(({ missing = [] }) => missing),
    ];
    if (missing.length > 0) facts["coldtrace.missing"] = missing;
    const [atLaunch, atEnd] = this.#cgroups;
    const { lines = [], dropped = 0 } = this.#log?.excerpt ?? {};
    if (dropped > 0) facts["coldtrace.log.dropped"] = dropped;
    return {
      facts: { ...facts, ...this.#system?.cgroupFacts(atLaunch, atEnd) },
      events: testimonies.flatMap(({ events = [] }) => events),
      log: lines.map(({ stream, text, pid, timeUnixNano }) => ({
        timeUnixNano,
        name: "log",
        attributes: {
          "log.iostream": stream,
          "log.body": text,
          ...(pid !== undefined && { "process.pid": pid }),
        },
      })),
    };
  }

  /** Whether a span has gone already to where ours go, as the engine's own. */
  hasForwarded({ traceId, spanId }: SpanRecord): boolean {
    return this.#forwarded.has(traceId + spanId);
  }

  /** What they know has been taken; they forget it. */
  release(): void {
    this.#isReleased = true;
    this.#receiver?.release();
    this.#log = undefined;
    this.#tree = undefined;
  }

  /** Ends what there is of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#readiness?.stop();
    this.#tree?.stop();
    this.#probe?.[Symbol.dispose]();
    await this.#receiver?.stop();
  }

  /** Which streams were not read, though the engine's log could tell something. */
  #unread(): string[] {
    const { profile, isBrief } = this.#options;
    const { piped = [] } = this.#program ?? {};
    const left = (["stdout", "stderr"] as const).filter((name) => !piped.includes(name));
    if (isBrief || profile?.log === undefined || left.length === 0) return [];
    const verb = left.length > 1 ? "go" : "goes";
    return [`The log was not read, as ${left.join(" and ")} ${verb} to a terminal: see --logs`];
  }
}

/** What looks at the processes of a start, and at what they run in. */
type System =
  & typeof import("../sources/process_tree.ts")
  & typeof import("../sources/cgroup.ts");

/** What asks an engine. */
type Asking =
  & typeof import("../sources/readiness.ts")
  & typeof import("../sources/first_token.ts");

/** How a start came out. */
export interface Outcome {
  /** Whether the engine became ready. */
  readonly isReady: boolean;
  /** How it ended, if that was before its start was over. */
  readonly died: Deno.CommandStatus | undefined;
}

/** What there is to say of a start as a whole. */
export interface Summary {
  readonly facts: RecordAttributes;
  readonly events: readonly RecordEvent[];
  /** The first and the last lines of the log. */
  readonly log: readonly RecordEvent[];
}

/** Sends the engine's own spans where ours go. They were sampled, or would not have been sent. */
function forward(spans: readonly SpanRecord[]): void {
  exportRecords(spans.map((span) => ({ ...span, flags: span.flags | 1 })));
}

/** A context under which everything is recorded: what the user samples, we decide at the end. */
function sampled(context: Context): Context {
  const span = spanContextOf(context);
  return span ? withSpanContext(context, { ...span, traceFlags: span.traceFlags | 1 }) : context;
}

import { ambientContext } from "../trace/context.ts";
import { unixNano } from "../trace/process.ts";
import type { SpanRecord } from "../trace/record.ts";
import { redactArgs } from "../trace/redact.ts";
import { setChannel } from "./channel.ts";
import { checkOptions, childEnv } from "./_command.ts";
import { EngineChannel } from "./_engine_channel.ts";
import { EngineStreams } from "./_engine_output.ts";
import { EngineTrace } from "./_engine_trace.ts";
import { EngineStartError } from "./errors.ts";
import { describeEnd } from "./exit_status.ts";
import { Readiness } from "./_readiness.ts";
import {
  canSignalGroups,
  forwardNoSignals,
  forwardSignals,
  shutDown,
  signalGroup,
  type SignalTarget,
  type Target,
} from "./_shutdown.ts";
import type { Engine, EngineStartErrorReason, LaunchEngineOptions } from "./types.ts";
import { isLauncherAbove, isUplinkOpen, relayGroup } from "./uplink.ts";

/** Milliseconds from SIGTERM to SIGKILL, where none are given. */
const GRACE = 5000;

/** How many process groups below one engine are known. */
const MAX_GROUPS = 1024;

/** An engine, from its spawn to its end. */
export class RunningEngine implements Engine, SignalTarget {
  readonly pid: number;
  readonly ready: Promise<void>;
  readonly status: Promise<Deno.CommandStatus>;
  readonly stdout?: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly stderr?: ReadableStream<Uint8Array<ArrayBuffer>>;

  /**
   * Settles when the first line down is on its way. It takes a turn of the event loop to get there,
   * and the engine waits for it: whatever comes next must not be before.
   */
  readonly greeted: Promise<void> | undefined;
  readonly #options: LaunchEngineOptions;
  readonly #name: string;
  readonly #target: Target;
  readonly #trace: EngineTrace;
  readonly #readiness: Readiness;
  readonly #channel: EngineChannel | undefined;
  readonly #streams: EngineStreams;
  #isStopped = false;
  /** Whether it was told to end. */
  #isEnding = false;
  #hasEnded = false;

  /**
   * Spawns it.
   *
   * @param onStarted Called with lines that tell of spans that started (`started.ts`); they are
   * only lent.
   */
  constructor(
    command: string | URL,
    options: LaunchEngineOptions,
    onStarted?: (lines: Uint8Array) => void,
  ) {
    checkOptions(command, options);
    options.signal?.throwIfAborted();
    const { args = [], cwd, channel, stdout = "inherit", stderr = "inherit", signal } = options;
    const program = command instanceof URL ? command.pathname : command;
    const name = options.name ?? (program.split(/[/\\]/).at(-1) || program);
    const parent = options.context ?? ambientContext();
    const { onSpan } = options;
    const trace = new EngineTrace(name, redactArgs([program, ...args]), parent, {
      onSpan,
      onStarted,
    });
    // A launcher above has to know of the group, to end it even when this process hangs.
    const isTopmost = !isLauncherAbove();
    const group = canSignalGroups() && (isTopmost || isUplinkOpen());
    const prepared = new Deno.Command(command, {
      args,
      ...(cwd !== undefined && { cwd }),
      ...childEnv(options, trace.context),
      stdin: channel ? "piped" : "inherit",
      stdout: channel ? "piped" : stdout,
      stderr,
      detached: group,
    });
    trace.launch();
    const child = prepared.spawn();
    if (group) relayGroup(child.pid, true);
    trace.spawned(child.pid, channel !== undefined);

    this.pid = child.pid;
    this.#options = options;
    this.#name = name;
    this.#trace = trace;
    this.#target = { child, group, below: new Set(), ended: child.status };
    // Inside an engine, the launcher above signals this engine's group as well.
    if (group && isTopmost) forwardSignals(this);
    this.#readiness = new Readiness({
      probe: options.ready,
      channel: channel !== undefined,
      startTimeout: options.startTimeout,
      stallTimeout: options.stallTimeout,
    });
    if (channel) {
      const engineChannel = this.#channel = new EngineChannel(child, {
        hello: (process) => trace.hello(process),
        span: (line) => trace.take(line),
        ready: (time, attributes) => this.#readiness.ready(time, attributes),
        group: (pid, alive) => this.#group(pid, alive),
      });
      trace.listen((line) => engineChannel.read(line));
      this.greeted = this.#channel.greet(name, trace.context);
      setChannel(this, this.#channel);
    }
    const modes = { stdout, stderr };
    this.#streams = new EngineStreams(child, modes, this.#readiness, this.#channel);
    if (this.#streams.stdout) this.stdout = this.#streams.stdout.stream;
    if (this.#streams.stderr) this.stderr = this.#streams.stderr.stream;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.ready = this.#becomeReady();
    this.status = this.#end();
    // Who does not await them must not be ended by them.
    this.ready.catch(() => {});
    this.status.catch(() => {});
  }

  spans(): SpanRecord[] {
    return this.#trace.records;
  }

  /** Whether the program has stopped it, and not a signal alone. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): Promise<Deno.CommandStatus> {
    // Not what disposes of an engine that a signal has ended.
    if (!this.#hasEnded) this.#isStopped = true;
    this.#shutDown("SIGTERM");
    return this.status;
  }

  endBy(signal: Deno.Signal): void {
    this.#shutDown(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #shutDown(signal: Deno.Signal): void {
    if (this.#isEnding || this.#hasEnded) return;
    this.#isEnding = true;
    this.#channel?.hangUp();
    shutDown(this.#target, this.#options.gracePeriod ?? GRACE, signal);
  }

  /** A process below leads a group of its own, or no longer does. */
  #group(pid: number, alive: boolean): void {
    const { below } = this.#target;
    // What it told in its last moments is read after its end.
    if (alive && this.#hasEnded) return signalGroup(pid, "SIGKILL");
    if (!alive) below.delete(pid);
    else if (below.size < MAX_GROUPS) below.add(pid);
    relayGroup(pid, alive);
  }

  readonly #onAbort = (): void => {
    this.#readiness.settle({ kind: "abort", reason: this.#options.signal?.reason });
    this.stop();
  };

  /** The start: until it is ready, or will not be and has ended. */
  async #becomeReady(): Promise<void> {
    const outcome = await this.#readiness.outcome;
    if (outcome.kind === "ready") {
      // Without a criterion nobody knows, and the span of the process ends with the process.
      if (this.#readiness.hasCriterion) this.#trace.ready(outcome.time, outcome.attributes);
      return;
    }
    const phase = this.#trace.fail();
    const status = outcome.kind === "exit" ? await this.status : await this.stop();
    if (outcome.kind === "abort") throw outcome.reason;
    const reason = outcome.kind;
    throw new EngineStartError(this.#describeFailure(reason, status, phase), {
      reason,
      status,
      phase,
      stderrTail: this.#streams.stderrTail,
      // What the probe last ran into may tell more.
      ...(this.#readiness.lastError !== undefined && { cause: this.#readiness.lastError }),
    });
  }

  /** Its end: nothing of it is left running, unread or open. */
  async #end(): Promise<Deno.CommandStatus> {
    const status = await this.#target.child.status;
    const time = unixNano();
    this.#hasEnded = true;
    // At once, while nobody else can have its number.
    const { child, group, below } = this.#target;
    for (const pid of below) signalGroup(pid, "SIGKILL");
    if (group) signalGroup(child.pid, "SIGKILL");
    for (const pid of below) relayGroup(pid, false);
    if (group) relayGroup(child.pid, false);
    await this.#streams.drain();
    this.#channel?.abandon();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#readiness.settle({ kind: "exit" });
    this.#trace.close({
      status,
      time,
      outcome: await this.#readiness.outcome,
      stopped: this.#isEnding,
      skipped: this.#channel?.skipped ?? 0,
    });
    forwardNoSignals(this);
    return status;
  }

  #describeFailure(
    reason: EngineStartErrorReason,
    status: Deno.CommandStatus,
    phase: string | undefined,
  ): string {
    const { startTimeout, stallTimeout } = this.#options;
    const what = {
      "exit": `${describeEnd(status)} before it was ready`,
      "start-timeout": `was not ready within ${startTimeout} ms`,
      "stall-timeout": `gave no sign of life for ${stallTimeout} ms`,
    }[reason];
    const where = phase === undefined ? "" : `: current phase is '${phase}'`;
    return `Cannot start engine as '${this.#name}' ${what}${where}`;
  }
}

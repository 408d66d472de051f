/**
 * The start of an engine that does not know coldtrace: runs it as it would run without us, has
 * witnesses watch it until it is ready, and makes one trace of what they tell.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { describeEnd } from "../launch/exit_status.ts";
import { relayEnd, relayStart } from "../launch/uplink.ts";
import { type OutputTap, type WrapOptions, WrappedProgram } from "../launch/wrapped_program.ts";
import { baseName } from "../sources/profiles/command_line.ts";
import { ambientContext } from "../trace/context.ts";
import { setProcessName } from "../trace/process.ts";
import type { RecordAttributes, RecordEvent, SpanRecord } from "../trace/record.ts";
import { redactArgs } from "../trace/redact.ts";
import { randomSpanId } from "../trace/w3c.ts";
import { within } from "../trace/within.ts";
import { relayAll } from "./_relay.ts";
import { ofService, StartRoot } from "./_root.ts";
import { type OpenRuns, StartTrace } from "./_trace.ts";
import { ENGINE_PID, PROBE_DIR } from "./noted_root.ts";
import type { Witnesses } from "./witnesses.ts";

/** What ends a start: the program is executed, it answers, or it has produced a token. */
export type Until = "exec" | "ready" | "first-token";

/** What to start, how to watch it, and where its trace goes. */
export interface ObservedStartOptions {
  /** The engine's name, as the root span and the readings show it, such as `vLLM`. */
  readonly engine: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Variables that it has besides ours, or instead. @default {none} */
  readonly env?: Readonly<Record<string, string>>;
  /** Who watches. */
  readonly witnesses: Witnesses;
  /** What ends the start. */
  readonly until: Until;
  /** Which of its output streams are read. */
  readonly reads: WrapOptions["reads"];
  /** Signals that the program is to ignore. */
  readonly ignored: readonly Deno.Signal[];
  /** Attributes of the root span, from the beginning. */
  readonly attributes?: RecordAttributes;
  /** What the engine is called as a service, where `OTEL_SERVICE_NAME` does not say. */
  readonly service: string;
  /** Opens the files that the trace is stored in, right after launch. */
  readonly openRuns?: () => OpenRuns;
  /** Whether it is there to make others warm: its trace is sent nowhere. @default {false} */
  readonly isWarmUp?: boolean;
}

/** A start that is under way, or over. */
export interface ObservedStart {
  /** The program that runs. */
  readonly program: WrappedProgram;
  /** Resolves when the start is over; never rejects. */
  readonly over: Promise<ObservedResult>;
}

/** How a start came out. */
export interface ObservedResult {
  /** All its spans. */
  readonly records: readonly SpanRecord[];
  /** Whether the engine became ready. */
  readonly isReady: boolean;
  /** Whether it did all that was asked of it: it gave its first token, too, where it was asked. */
  readonly isGood: boolean;
  /** Settles when they have gone where spans go besides the files; never rejects. */
  readonly sent: Promise<void>;
}

/**
 * Runs a program and watches its start.
 *
 * @throws {Deno.errors.NotFound} If there is no such program; nothing is stored then.
 * @throws {Deno.errors.PermissionDenied} If it cannot be executed; nothing is stored then.
 */
export function observeStart(options: ObservedStartOptions): ObservedStart {
  const { engine, command, witnesses, reads, ignored } = options;
  setProcessName("launcher");
  const root = new StartRoot(engine, ambientContext());
  root.serve(options.service);
  root.tell(options.attributes ?? {});
  const onOutput: OutputTap = (stream, bytes) => witnesses.take(stream, bytes);
  const env = witnesses.env({ ...Deno.env.toObject(), ...options.env }, root.context);
  const program = new WrappedProgram(witnesses.command(command), { env, reads, ignored, onOutput });
  root.launchedAt(program.launched);
  root.tell({ "process.command_args": redactArgs(command) });
  if (!options.isWarmUp) relayStart(root.record);
  const trace = new StartTrace();
  witnesses.launched(program, command, trace.log);
  trace.log.started(noted(root.record, program.pid, witnesses.probeDir));
  root.store(trace.open(options.openRuns));
  return { program, over: watch(program, root, trace, options) };
}

/** The root as it is noted while the start lasts: with the way to what is told until then. */
function noted(root: SpanRecord, pid: number, probeDir: string | undefined): SpanRecord {
  const probe = probeDir === undefined ? {} : { [PROBE_DIR]: probeDir };
  return { ...root, attributes: { ...root.attributes, [ENGINE_PID]: pid, ...probe } };
}

/** Watches until the start is over, and puts its trace where it goes. */
async function watch(
  program: WrappedProgram,
  root: StartRoot,
  trace: StartTrace,
  options: ObservedStartOptions,
): Promise<ObservedResult> {
  const { witnesses, until, isWarmUp = false } = options;
  const ready = until === "exec" ? Promise.resolve(program.executed) : witnesses.ready;
  // The engine has something to do meanwhile.
  const merging = import("../sources/merge.ts");
  const known = until === "exec" ? undefined : await import("./identity.ts");
  const identity = known?.identityFacts();
  const outcome = await Promise.race([ready, program.status]);
  const isReady = typeof outcome === "bigint";
  let died = isReady ? undefined : outcome;
  if (isReady) {
    root.ready(outcome);
    const token = until === "first-token" ? firstToken(program, root, witnesses) : undefined;
    root.tell(known?.diskReadFacts(program.pid) ?? {});
    died = await token;
  }
  // From here on the engine is alone: nobody asks it, and its output goes by unread.
  const end = died ? program.ended ?? root.last : root.last;
  const how = { isReady, died };
  await witnesses.settle(how);
  program.untap();
  const { merge } = await merging;
  const testimonies = witnesses.testimonies(how);
  const spans = merge(testimonies, {
    root: root.record,
    pid: program.pid,
    name: nameOf(options.command),
    end,
    ...(died && { died: describeEnd(died) }),
    resource: ofService(options.service),
    version: config.version,
    newId: randomSpanId,
  });
  for (const span of spans) trace.take(span);
  const ours = isWarmUp ? [] : spans.filter((span) => !witnesses.hasForwarded(span));
  const sent = relayAll(ours);
  const { facts, events, log } = witnesses.summary(how, testimonies);
  // Last words are read when they come, which can be after the end.
  const lines = died ? log.map((line) => ({ ...line, timeUnixNano: earlier(line, end) })) : log;
  root.tell(await identity ?? {});
  root.tell(facts, [...events, ...lines].filter(({ timeUnixNano }) => timeUnixNano <= end));
  root.tell(known?.engineFacts(root.record.attributes, spans) ?? {});
  witnesses.release();
  const relay = isWarmUp ? () => {} : relayEnd;
  if (died === undefined) {
    const ended = root.ended(end);
    return { records: trace.end(ended, relay), isReady, isGood: ended.status.code !== 2, sent };
  }
  const reason = witnesses.wasToldToEnd ? "stopped" : "exit";
  const why = isReady ? "before its first token" : "before it was ready";
  const message = `The engine ${describeEnd(died)} ${why}`;
  const failed = root.failed(reason, message, spans, died, end);
  return { records: trace.end(failed, relay), isReady, isGood: false, sent };
}

/** Asks for a token. How the engine ended, if it did so meanwhile. */
async function firstToken(
  program: WrappedProgram,
  root: StartRoot,
  witnesses: Witnesses,
): Promise<Deno.CommandStatus | undefined> {
  const answer = await Promise.race([witnesses.firstToken(), program.status]);
  if ("at" in answer) root.firstToken(answer.at);
  else if (!("error" in answer)) return answer;
  else {
    // An engine that dies of it breaks the connection before it is gone.
    const status = await within(DYING, program.status);
    if (status !== undefined) return status;
    root.noFirstToken(answer.error);
  }
}

/** How long an engine has to end that gave no token, in milliseconds, so that this is told. */
const DYING = 300;

function earlier({ timeUnixNano }: RecordEvent, end: bigint): bigint {
  return timeUnixNano < end ? timeUnixNano : end;
}

/** What the engine's own process is called, where no witness knows better. */
function nameOf(command: readonly string[]): string {
  const [program = ""] = redactArgs(command);
  return baseName(program);
}

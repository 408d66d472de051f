/**
 * One cold start of one engine, from launch to its first token: launches it, joins what its
 * processes tell into one trace under one root span, and hands every span to the run store and
 * the exporter as it ends.
 *
 * @module
 */
import { RunningEngine } from "../launch/running_engine.ts";
import type { Engine, LaunchEngineOptions } from "../launch/types.ts";
import { relayEnd, relayStart } from "../launch/uplink.ts";
import { ambientContext } from "../trace/context.ts";
import { endedAt, newRecord } from "../trace/new_record.ts";
import { setProcessName, unixNano } from "../trace/process.ts";
import type { RecordAttributes, SpanRecord } from "../trace/record.ts";
import { redactArgs } from "../trace/redact.ts";
import { SCOPE, StartRoot } from "./_root.ts";
import { type OpenRuns, StartTrace } from "./_trace.ts";

export type { OpenRuns } from "./_trace.ts";

/** What to start, and where its trace goes. */
export interface EngineStartOptions {
  /** The engine's name, as the root span and the readings show it, such as `llama.cpp`. */
  engine: string;
  /**
   * What is done before launch, inside a `prepare` span that lies outside the start; it says
   * what to launch.
   */
  prepare: () => Promise<EngineCommand>;
  /** Opens the files that the trace is stored in, right after launch. @default {none} */
  openRuns?: () => OpenRuns;
  /**
   * What it is a start of, by its spans, as attributes of the root: asked when it is over.
   * @default {nothing}
   */
  identity?: (spans: readonly SpanRecord[]) => RecordAttributes;
  /** Called when the engine's process exists, before any word of it. */
  onLaunch?: (engine: Engine) => void;
}

/** A program to launch as the engine. */
export interface EngineCommand {
  /** The program. */
  command: string | URL;
  /** How to launch it. */
  options: LaunchEngineOptions;
}

/** A start that is under way, or over. */
export interface EngineStart {
  /** The launched engine. */
  readonly engine: Engine;
  /**
   * Resolves with all spans of the start that have ended when it is over: there is a first
   * token, or the engine has died. It never rejects.
   */
  readonly over: Promise<readonly SpanRecord[]>;
}

/**
 * Prepares and launches an engine, and watches its start until the first token.
 *
 * The engine tells of its first token by a span with the phase `first_token`.
 *
 * @param options What to start, and where its trace goes.
 * @returns The start, as soon as the engine's process exists.
 * @throws What `prepare` throws; and what launching throws, after the start was stored as one
 * that died.
 */
export async function startEngine(options: EngineStartOptions): Promise<EngineStart> {
  setProcessName("launcher");
  const ambient = ambientContext();
  const root = new StartRoot(options.engine, ambient);
  const prepare = newRecord("prepare", root.context, {
    scope: SCOPE,
    attributes: {
      "coldtrace.phase": "prepare",
      "coldtrace.prepare": true,
      // The root says so too, but may never come.
      "coldtrace.start.engine": options.engine,
    },
  });
  const { command, options: launchOptions } = await options.prepare();
  const trace = new StartTrace();
  trace.take(endedAt(prepare, unixNano()), relayEnd);
  root.begin();
  relayStart(root.record);
  let engine: RunningEngine;
  try {
    engine = new RunningEngine(command, {
      ...launchOptions,
      context: root.context,
      onSpan: (record) => {
        trace.take(record);
        root.saw(record);
        launchOptions.onSpan?.(record);
      },
    }, (lines) => trace.log.take(lines));
    await engine.greeted;
  } catch (error) {
    root.store(trace.open(options.openRuns));
    trace.end(root.died(error, []));
    throw error;
  }
  root.launched(engine.spans());
  root.tell({ "process.command_args": redactArgs([`${command}`, ...launchOptions.args ?? []]) });
  trace.log.started(root.record);
  // Now that the engine's process has something to do.
  root.store(trace.open(options.openRuns));
  options.onLaunch?.(engine);
  return { engine, over: watch(engine, root, options).then((record) => trace.end(record)) };
}

/** Waits for the first token, or for the engine's end, and ends the root. */
async function watch(
  engine: Engine,
  root: StartRoot,
  { identity = () => ({}) }: EngineStartOptions,
): Promise<SpanRecord> {
  try {
    await engine.ready;
    root.ready();
  } catch (error) {
    const status = await engine.status;
    root.tell(identity(engine.spans()));
    return root.died(error, engine.spans(), status);
  }
  const status = await Promise.race([root.seen, engine.status]);
  root.tell(identity(engine.spans()));
  if (status !== undefined) return root.exited(engine.spans(), status);
  // Not before: what its first token waits for would be us.
  const { servedFacts } = await import("./served_identity.ts");
  root.tell(await servedFacts(engine.pid, engine.spans()));
  return root.ended();
}

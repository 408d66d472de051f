/**
 * `coldtrace serve`: the embedded engine, traced from launch to first token.
 *
 * @module
 */
import { channelOf } from "../launch/channel.ts";
import { DEFAULTS } from "../llama/options.ts";
import type { ServerNotice } from "../llama/protocol.ts";
import { rows } from "../read/rows.ts";
import { readStart } from "../read/start.ts";
import { timeReport } from "../show/time_json.ts";
import { timeText } from "../show/time_text.ts";
import { type EngineStart, startEngine } from "../start/engine_start.ts";
import { flush } from "../trace/sink.ts";
import type { SpanRecord } from "../trace/record.ts";
import { defineVerb, type Verb } from "./args.ts";
import { print, printError } from "./output.ts";
import { dirOption } from "./run_store.ts";
import { onStopSignal } from "./_signals.ts";
import { openRunFiles, type RunFiles } from "./run_files.ts";
import {
  checkHost,
  checkModel,
  type EngineChoice,
  engineCommand,
  identityOf,
} from "./serve/engine.ts";
import { Progress } from "./serve/progress.ts";

const OPTIONS = {
  model: {
    kind: "text",
    value: "MODEL",
    help: "A GGUF file, hf:OWNER/REPO[@REVISION]/FILE.gguf, or an https URL.",
  },
  host: { kind: "text", value: "HOST", default: DEFAULTS.host, help: "Address to listen on." },
  port: {
    kind: "integer",
    value: "PORT",
    min: 0,
    max: 65535,
    default: DEFAULTS.port,
    help: "Port to listen on; 0 takes a free one.",
  },
  threads: {
    kind: "integer",
    value: "N",
    min: 1,
    max: 512,
    default: DEFAULTS.threads,
    help: "Threads that compute.",
  },
  "ctx-size": {
    kind: "integer",
    value: "N",
    min: 16,
    max: 2 ** 20,
    help: "Tokens of a prompt and its answer.",
  },
  parallel: {
    kind: "integer",
    value: "N",
    min: 1,
    max: 64,
    default: DEFAULTS.parallel,
    help: "Requests decoded together.",
  },
  "no-mmap": { kind: "flag", help: "Read the weights instead of mapping the file." },
  "no-warmup": { kind: "flag", help: "Be ready without decoding a few tokens first." },
  dir: dirOption,
  "trace-out": { kind: "text", value: "FILE", help: "Write the trace to FILE, too." },
  "no-store": { kind: "flag", help: "Do not store the run." },
  json: { kind: "flag", help: "Print the start as JSON, as time --json does." },
} as const;

/** What `serve` was told. */
interface ServeOptions extends EngineChoice {
  readonly "trace-out": string | undefined;
  readonly "no-store": boolean;
  readonly json: boolean;
}

/** Starts the embedded engine, says where its start went, and serves until it is told to stop. */
export const verb: Verb = defineVerb({
  verb: "serve",
  summary: "Starts the embedded engine, llama.cpp, traced, and serves OpenAI's API.",
  options: OPTIONS,
}, serve);

async function serve(options: ServeOptions): Promise<number> {
  const source = checkModel(options.model);
  checkHost(options.host);
  using cleanup = new DisposableStack();
  using signals = onStopSignal();
  using progress = new Progress("llama.cpp");
  const warn = (line: string) => {
    progress.hide();
    printError(`${line}\n`);
  };
  signals.signal.addEventListener("abort", () => progress.isShown && warn("Stopping"));
  // A data directory that cannot be used is told once, though it is used twice.
  const warnOfData = once(warn);
  let serving: (ServerNotice & { type: "serving" }) | undefined;
  let files: RunFiles | undefined;
  let start: EngineStart;
  let passedOn: Promise<void> | undefined;
  try {
    start = await startEngine({
      engine: "llama.cpp",
      prepare: () =>
        engineCommand(options, source, {
          signal: signals.signal,
          progress,
          warn: warnOfData,
          cleanup,
        }),
      identity: (spans) => identityOf(source, spans),
      openRuns: () =>
        files = openRunFiles({
          dir: options.dir,
          stored: !options["no-store"],
          file: options["trace-out"],
          warnOfData,
          warn,
        }),
      onLaunch: (engine) => {
        progress.follow(engine);
        if (engine.stderr) passedOn = progress.passOn(engine.stderr);
        channelOf(engine).onMessage((message) => {
          const notice = message as unknown as ServerNotice;
          progress.notice(notice);
          if (notice.type === "serving") serving = notice;
        });
      },
    });
  } catch (error) {
    // Whoever stopped it while it was being prepared knows why.
    if (signals.code !== undefined) return signals.code;
    throw error;
  }
  const { engine, over } = start;
  const isReady = await engine.ready.then(() => true, () => false);
  if (isReady && serving) {
    progress.hide();
    const line = `Serving ${serving.model} on ${serving.url}\n`;
    if (options.json) printError(line);
    else say(`${line}\n`);
    if (!isLoopback(options.host)) {
      warn(`Other machines can use the engine, as 'host' is ${options.host}`);
    }
  }
  const records = await over;
  progress.end();
  if (!isReady) await passedOn;
  report(records, files?.paths ?? [], options.json);

  const { signal, code } = await engine.status;
  await passedOn;
  await flush();
  if (signals.code !== undefined) return isReady ? 0 : signals.code;
  // A process of the engine that ends by itself has said why; one that was killed could not.
  if (isReady || signal) printError(`llama.cpp ended: ${signal ?? `exit code ${code}`}\n`);
  return 1;
}

function report(records: readonly SpanRecord[], paths: readonly string[], json: boolean): void {
  const start = readStart(records);
  if (json) {
    say(`${JSON.stringify(timeReport(start, rows(start)), undefined, 2)}\n`);
    return;
  }
  say(timeText(start, rows(start)));
  for (const path of paths) say(`stored in ${path}\n`);
}

/** Prints. A stdout that takes nothing more, on a full disk say, is no reason to end the engine. */
function say(text: string): void {
  try {
    print(text);
  } catch (error) {
    printError(`Cannot print to stdout: ${error instanceof Error ? error.message : error}\n`);
  }
}

function once(tell: (line: string) => void): (line: string) => void {
  let told = false;
  return (line) => {
    if (!told) tell(line);
    told = true;
  };
}

/** Whether only this machine reaches an address. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

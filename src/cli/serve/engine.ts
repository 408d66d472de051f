import { ADDON_VERSION, resolveAddon } from "../../llama/addon.ts";
import { apiCommand } from "../../llama/command.ts";
import { ensureDefaultModel } from "../../llama/model/default_model.ts";
import {
  describeModelSource,
  type ModelSource,
  parseModelSource,
} from "../../llama/model/source.ts";
import { dataDirectory, joinPath } from "../../runs/data_dir.ts";
import type { EngineCommand } from "../../start/engine_start.ts";
import type { RecordAttributes, SpanRecord } from "../../trace/record.ts";
import { UsageError } from "../args.ts";
import type { Progress } from "./progress.ts";

/** Which engine is wanted: the options of `serve` that concern it. */
export interface EngineChoice {
  readonly model: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly threads: number;
  readonly "ctx-size": number | undefined;
  readonly parallel: number;
  readonly "no-mmap": boolean;
  readonly "no-warmup": boolean;
  readonly dir: string | undefined;
}

/** What surrounds the preparation of an engine. */
export interface Surroundings {
  /** Ends it. */
  signal: AbortSignal;
  /** Shows what is being done. */
  progress: Progress;
  /** Tells, in one line, what does not keep the engine from starting. */
  warn: (line: string) => void;
  /** What is to be done when the engine has ended. */
  cleanup: DisposableStack;
}

/**
 * What `--model` means; `undefined` where it is not given.
 *
 * @throws {UsageError} If it means nothing, or a file that is not there.
 */
export function checkModel(model: string | undefined): ModelSource | undefined {
  if (model === undefined) return undefined;
  let source: ModelSource;
  try {
    source = parseModelSource(model);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (source.kind === "file" && !isFile(source.path)) {
    throw new UsageError(
      `Cannot serve as 'model' must be a GGUF file, hf:OWNER/REPO[@REVISION]/FILE.gguf or an ` +
        `https URL: there is no file '${model}'`,
    );
  }
  return source;
}

/** @throws {UsageError} If it is no address to listen on. */
export function checkHost(host: string): void {
  const isName = /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(host);
  if (isName || /^[0-9a-f:.]+$/i.test(host) && URL.canParse(`http://[${host}]`)) return;
  throw new UsageError(
    `Cannot serve as 'host' must be a host's name or an IP address: current value is '${host}'`,
  );
}

/** What is done before launch: finds the addon, makes the default model; and what to launch. */
export async function engineCommand(
  options: EngineChoice,
  source: ModelSource | undefined,
  surroundings: Surroundings,
): Promise<EngineCommand> {
  const { signal, progress } = surroundings;
  const data = dataFolder(options.dir, surroundings);
  progress.prepare("find llama.cpp");
  const addon = await resolveAddon(data, { signal });
  const model = await findModel(options, source, data, surroundings);
  signal.throwIfAborted();
  const { args, env } = apiCommand({
    host: options.host,
    port: options.port,
    threads: options.threads,
    ctxSize: options["ctx-size"],
    parallel: options.parallel,
    mmap: !options["no-mmap"],
    warmup: !options["no-warmup"],
    addon: addon.folder,
    ...model,
  });
  return {
    command: Deno.execPath(),
    options: {
      args,
      env,
      channel: "stdio",
      name: "API server",
      signal,
      stderr: progress.isShown ? "piped" : "inherit",
    },
  };
}

/**
 * What the engine is, and what it serves: the model's name is that of its file, or where it came
 * from, and its size tells another file of that name.
 *
 * @param source What `--model` means.
 * @param spans Those of the start.
 */
export function identityOf(
  source: ModelSource | undefined,
  spans: readonly SpanRecord[],
): RecordAttributes {
  const read = spans.find(({ attributes }) => "llama.model.size" in attributes)?.attributes ?? {};
  const { "llama.model.file": file, "llama.model.size": size } = read;
  const [model, revision] = source === undefined || source.kind === "file"
    ? [file]
    : source.kind === "url"
    ? [describeModelSource(source)]
    : [describeModelSource({ ...source, revision: "main" }), source.revision];
  return {
    "coldtrace.engine.version": `node-llama-cpp ${ADDON_VERSION}`,
    ...(model !== undefined && { "coldtrace.engine.model": model }),
    ...(revision !== undefined && { "coldtrace.engine.model_revision": revision }),
    ...(size !== undefined && { "coldtrace.engine.model_size": size }),
  };
}

async function findModel(
  { model = "" }: EngineChoice,
  source: ModelSource | undefined,
  data: string,
  surroundings: Surroundings,
): Promise<{ model: string; modelDir?: string }> {
  if (source?.kind === "file") return { model: Deno.realPathSync(source.path) };
  const models = joinPath(data, "models");
  if (source !== undefined) return { model, modelDir: absolute(models) };
  surroundings.progress.prepare("make the default model");
  const made = ensureDefaultModel(models).catch((error) =>
    ensureDefaultModel(temporaryFolder(data, error, surroundings))
  );
  try {
    return { model: Deno.realPathSync((await unlessAborted(made, surroundings.signal)).path) };
  } catch (error) {
    throw new Error(`Cannot make the default model as ${reasonOf(error as Error)}`);
  }
}

/** The data directory; a temporary one where there can be none. */
function dataFolder(dir: string | undefined, surroundings: Surroundings): string {
  const data = dataDirectory(dir);
  try {
    if (data === undefined) throw new Error("none is known: set COLDTRACE_DIR or HOME");
    Deno.mkdirSync(data, { recursive: true, mode: 0o700 });
    return data;
  } catch (error) {
    return temporaryFolder(data, error as Error, surroundings);
  }
}

function temporaryFolder(
  data: string | undefined,
  error: Error,
  { warn, cleanup }: Surroundings,
): string {
  const folder = Deno.makeTempDirSync({ prefix: "coldtrace-" });
  cleanup.defer(() => Deno.removeSync(folder, { recursive: true }));
  const which = data === undefined ? "" : ` '${data}'`;
  const lost = "what would go there is not kept";
  warn(`Cannot write to the data directory${which} as ${reasonOf(error)}: ${lost}`);
  return folder;
}

/** The system's words, without the call and its paths, which Deno adds. */
function reasonOf(error: Error): string {
  return error.message.replace(/: \w+ '[^']*'( -> '[^']*')?$/, "");
}

/** Waits for what cannot be ended, no longer than it is wanted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([promise, aborted]);
}

function absolute(path: string): string {
  return path.startsWith("/") || /^[a-z]:/i.test(path) ? path : joinPath(Deno.cwd(), path);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

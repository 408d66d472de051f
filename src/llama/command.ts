/**
 * The commands of the engine's processes: what each is told, and what it may touch.
 *
 * @module
 */
import { coreArgs, engineArgs, type EngineOptions } from "./options.ts";

/** The variables by which a launcher reaches a child: W3C context and the channel. */
const LAUNCH_VARIABLES = "TRACEPARENT,TRACESTATE,BAGGAGE,COLDTRACE_CHANNEL";

/** Where the engine finds what it loads. */
export interface EngineFiles {
  /** The folder of the addon's libraries, as an absolute path. */
  addon: string;
  /** The model's file, as an absolute path; or what to download, as `--model` takes it. */
  model: string;
  /** Where a download goes; absent when the model is a file. */
  modelDir?: string;
}

/** A program's arguments for this Deno, and variables to add to its environment. */
export interface EngineProcess {
  args: string[];
  env: Record<string, string>;
}

/**
 * The API server. It launches the engine core, for which it needs `--allow-run` as a whole (to
 * end a process group), and hands down its own environment.
 */
export function apiCommand(options: EngineOptions & EngineFiles): EngineProcess {
  const { addon, model, modelDir } = options;
  const download = modelDir !== undefined;
  return {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      // A request's signal tells of a client that went away, and of nothing else.
      "--unstable-no-legacy-abort",
      "--allow-run",
      "--allow-env",
      allow("read", download ? [modelDir] : [model]),
      ...(download ? [allow("write", [modelDir])] : []),
      // A hub hands downloads on to hosts that nobody knows before.
      download ? "--allow-net" : allow("net", [hostAndPort(options.host, options.port)]),
      import.meta.resolve("./api_main.ts"),
      "--addon",
      addon,
      "--model",
      model,
      ...(download ? ["--model-dir", modelDir] : []),
      ...engineArgs(options),
    ],
    env: {},
  };
}

/** The engine core. It reads and loads what it is told, and nothing else. */
export function coreCommand(
  options: EngineOptions,
  files: { addon: string; model: string },
): EngineProcess {
  return {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      // It has no packages to lock. The configuration is the API server's: with another one (none)
      // Deno would compile the files that both share anew, in turn, at every start.
      "--no-lock",
      allow("read", [files.addon, files.model]),
      allow("ffi", [files.addon]),
      `--allow-env=${LAUNCH_VARIABLES}`,
      import.meta.resolve("./core_main.ts"),
      "--addon",
      files.addon,
      ...coreArgs(options),
    ],
    env: {},
  };
}

/** How a URL and a permission write an address. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** A permission for some paths or hosts. Deno cannot name one with a comma: then it is for all. */
function allow(kind: "read" | "write" | "net" | "ffi", values: string[]): string {
  return values.some((value) => value.includes(","))
    ? `--allow-${kind}`
    : `--allow-${kind}=${values.join(",")}`;
}

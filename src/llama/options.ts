/**
 * The engine's options: what `serve` takes, what the API server and the engine core are told.
 *
 * @module
 */

/** How the engine serves. */
export interface EngineOptions {
  /** The address to listen on. */
  host: string;
  /** The port to listen on; 0 takes a free one. */
  port: number;
  /** Threads that compute. */
  threads: number;
  /** Tokens that a prompt and its answer can have together; by default the model's, at most 2,048. */
  ctxSize: number | undefined;
  /** Requests that are decoded together. */
  parallel: number;
  /** Whether the weights are mapped into memory, read only when they are needed. */
  mmap: boolean;
  /** Whether a few tokens are decoded before ready. */
  warmup: boolean;
}

/** What the engine core is told. */
export interface CoreOptions
  extends Pick<EngineOptions, "threads" | "ctxSize" | "parallel" | "mmap" | "warmup"> {
  /** The folder of the addon's library. */
  addon: string;
}

/** Options as they stand on a command line. */
export interface EngineFlags {
  host?: string | undefined;
  port?: string | undefined;
  threads?: string | undefined;
  "ctx-size"?: string | undefined;
  parallel?: string | undefined;
  "no-mmap"?: boolean | undefined;
  "no-warmup"?: boolean | undefined;
}

/** The options of `serve` where the command line says nothing. */
export const DEFAULTS: Readonly<EngineOptions> = {
  host: "127.0.0.1",
  port: 8000,
  // More than one thread spins against the neighbours of a small machine and is slower there.
  threads: 1,
  ctxSize: undefined,
  parallel: 4,
  mmap: true,
  warmup: true,
};

/**
 * Reads the engine's options.
 *
 * @throws {RangeError} With one line that says which option is wrong.
 */
export function parseEngineOptions(flags: EngineFlags): EngineOptions {
  if (flags.host === "") throw new RangeError("Cannot serve as 'host' must not be empty");
  return {
    host: flags.host ?? DEFAULTS.host,
    port: integer("port", flags.port, 0, 65535) ?? DEFAULTS.port,
    threads: integer("threads", flags.threads, 1, 512) ?? DEFAULTS.threads,
    ctxSize: integer("ctx-size", flags["ctx-size"], 16, 2 ** 20) ?? DEFAULTS.ctxSize,
    parallel: integer("parallel", flags.parallel, 1, 64) ?? DEFAULTS.parallel,
    mmap: flags["no-mmap"] !== true,
    warmup: flags["no-warmup"] !== true,
  };
}

/** The options as arguments, for {@linkcode parseFlags} and {@linkcode parseEngineOptions}. */
export function engineArgs(options: EngineOptions): string[] {
  return ["--host", options.host, "--port", `${options.port}`, ...coreArgs(options)];
}

/** Those that the engine core is told. */
export function coreArgs(options: Omit<CoreOptions, "addon">): string[] {
  return [
    "--threads",
    `${options.threads}`,
    ...(options.ctxSize === undefined ? [] : ["--ctx-size", `${options.ctxSize}`]),
    "--parallel",
    `${options.parallel}`,
    ...(options.mmap ? [] : ["--no-mmap"]),
    ...(options.warmup ? [] : ["--no-warmup"]),
  ];
}

/**
 * Reads arguments that one of our own processes wrote for another: `--name value`, or
 * `--no-name`. (Nothing that costs the start an import.)
 */
export function parseFlags(args: readonly string[]): EngineFlags & Record<string, unknown> {
  const flags: Record<string, string | true> = {};
  for (let i = 0; i < args.length; i++) {
    const name = (args[i] ?? "").slice(2);
    flags[name] = name.startsWith("no-") ? true : args[++i] ?? "";
  }
  return flags;
}

function integer(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new RangeError(`Cannot serve as '${name}' must be ${min}-${max}: current value is ${text}`);
}

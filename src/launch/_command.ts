/**
 * What is launched: whether it can be, and what its environment is.
 *
 * @module
 */
import { injectEnv } from "../trace/context.ts";
import { processVariable } from "../trace/process.ts";
import type { Context } from "../trace/types.ts";
import type { LaunchEngineOptions, ReadyProbe } from "./types.ts";

/** The longest time that a timer of JavaScript can wait, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;
const STDIO = ["inherit", "piped", "null"];

/**
 * Checks what was asked for, so that nothing is spawned that could not be waited for.
 *
 * @throws {TypeError} If an option is of the wrong kind, or does not go with another.
 * @throws {RangeError} If a number is out of range.
 * @throws {Deno.errors.NotCapable} If the probe has no permission to ask its URL.
 */
export function checkOptions(command: string | URL, options: LaunchEngineOptions): void {
  if (!(command instanceof URL) && (typeof command !== "string" || command === "")) {
    refuse(TypeError, "command", "must be a program's name, path or URL", command);
  }
  const { channel, ready } = options;
  if (channel !== undefined && channel !== "stdio") {
    refuse(TypeError, "channel", 'must be "stdio"', channel);
  }
  for (const name of ["stdout", "stderr"] as const) {
    const value = options[name];
    if (value !== undefined && !STDIO.includes(value)) {
      refuse(TypeError, name, 'must be "inherit", "piped" or "null"', value);
    }
  }
  for (const name of ["startTimeout", "stallTimeout"] as const) checkTime(name, options[name], 1);
  checkTime("gracePeriod", options.gracePeriod, 0);
  if (ready !== undefined) checkProbe(ready, options);
}

function checkProbe(ready: ReadyProbe, options: LaunchEngineOptions): void {
  if (typeof ready === "function") return;
  if (typeof ready !== "object" || ready === null || !("url" in ready || "line" in ready)) {
    refuse(TypeError, "ready", "must have 'url' or 'line', or be a function", ready);
  }
  if ("line" in ready) {
    if (!(ready.line instanceof RegExp)) {
      refuse(TypeError, "ready.line", "must be a regular expression", ready.line);
    }
    if (!options.channel && options.stdout !== "piped" && options.stderr !== "piped") {
      refuse(TypeError, "ready.line", 'needs a "piped" stdout or stderr', options.stdout);
    }
    return;
  }
  checkTime("ready.interval", ready.interval, 1);
  const url = URL.parse(String(ready.url));
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    refuse(TypeError, "ready.url", "must be an http: or https: URL", ready.url);
  }
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const host = `${url.hostname}:${port}`;
  // Asked before, since the probe must never make Deno prompt in the middle of a start.
  if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") {
    refuse(Deno.errors.NotCapable, "ready.url", `needs --allow-net=${host}`, ready.url);
  }
}

function checkTime(name: string, value: number | undefined, min: number): void {
  if (value === undefined || value === Infinity) return;
  if (typeof value !== "number" || !(value >= min && value <= MAX_TIMER)) {
    refuse(RangeError, name, `must be ${min}-${MAX_TIMER} ms, or Infinity`, value);
  }
}

function refuse(
  ErrorClass: new (message: string) => Error,
  name: string,
  rule: string,
  value: unknown,
): never {
  const shown = typeof value === "string" || value instanceof URL
    ? String(value)
    : Deno.inspect(value, { depth: 1 });
  throw new ErrorClass(`Cannot launch engine as '${name}' ${rule}: current value is ${shown}`);
}

/** Names the channel to a child: `stdio:` and the process id of its launcher. */
export const CHANNEL_VARIABLE = "COLDTRACE_CHANNEL";

/** The variables that no child inherits as they are. */
const OWNED = ["TRACEPARENT", "TRACESTATE", "BAGGAGE", CHANNEL_VARIABLE];

/** `env` and `clearEnv` as `Deno.CommandOptions` has them. */
export interface ChildEnv {
  /** The child's variables, on top of ours unless `clearEnv`. */
  env: Record<string, string>;
  /** Whether the child gets nothing but `env`. */
  clearEnv: boolean;
}

/**
 * The environment of a child: what was asked for, and the context and channel that are the
 * child's, in whatever case an inherited one stood.
 *
 * `Deno.Command` cannot unset a variable. So where one has to go, the child gets a copy of the
 * whole environment without it, which takes permission to read it. Without that permission
 * every name that may be there is overwritten, the twins in lower case too: by its right value,
 * or by an empty one, which OpenTelemetry and W3C read as none.
 */
export function childEnv(
  asked: { env?: Record<string, string>; clearEnv?: boolean; channel?: "stdio" },
  context: Context,
): ChildEnv {
  const inject = (env: Record<string, string>) => {
    const copy = injectEnv(env, context);
    for (const name of Object.keys(copy)) {
      if (name.toUpperCase() === CHANNEL_VARIABLE) delete copy[name];
    }
    if (asked.channel) copy[CHANNEL_VARIABLE] = `stdio:${Deno.pid}`;
    return copy;
  };
  const env = inject(asked.env ?? {});
  if (asked.clearEnv) return { env, clearEnv: true };
  const { state, partial } = Deno.permissions.querySync({ name: "env" });
  if (state === "granted" && !partial) {
    const inherited = Deno.env.toObject();
    const mustGo = Object.keys(inherited).some((name) =>
      OWNED.includes(name.toUpperCase()) && !(name in env)
    );
    return mustGo
      ? { env: inject({ ...inherited, ...asked.env }), clearEnv: true }
      : { env, clearEnv: false };
  }
  for (const name of OWNED) {
    if (!(name in env) && mayBeSet(name)) env[name] = "";
    const twin = name.toLowerCase();
    // Windows knows one variable by both names.
    if (Deno.build.os !== "windows" && mayBeSet(twin)) env[twin] = env[name] ?? "";
  }
  return { env, clearEnv: false };
}

/** Whether this process has a variable, or may not know whether it has. */
function mayBeSet(name: string): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state !== "granted" || processVariable(name) !== undefined;
}

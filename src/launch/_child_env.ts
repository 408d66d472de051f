import { injectEnv } from "../trace/context.ts";
import { processVariable } from "../trace/process.ts";
import type { Context } from "../trace/types.ts";

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

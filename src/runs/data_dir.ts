/** How {@linkcode dataDirectory} looks at its surroundings. */
export interface DataDirectoryOptions {
  /** Reads one environment variable. Default: the process's own, where it is permitted. */
  env?: (name: string) => string | undefined;
  /** The operating system. @default {Deno.build.os} */
  os?: typeof Deno.build.os;
}

/**
 * Where coldtrace keeps its data: what `--dir` names, else `COLDTRACE_DIR`, else
 * `coldtrace` in the user's data folder (XDG Base Directory Specification: `XDG_DATA_HOME`
 * where absolute, else `~/.local/share`; on Windows `LOCALAPPDATA`).
 *
 * Nothing is created, and nothing prompts: a variable that may not be read counts as unset.
 *
 * @param dir The folder that the user asked for, if any.
 * @param options What to look at instead of this process.
 * @returns The folder, or `undefined` where the surroundings name none.
 */
export function dataDirectory(
  dir?: string,
  options: DataDirectoryOptions = {},
): string | undefined {
  const { env = permittedEnv, os = Deno.build.os } = options;
  const named = dir || env("COLDTRACE_DIR");
  if (named) return named;
  if (os === "windows") {
    const local = env("LOCALAPPDATA");
    return local ? joinPath(local, "coldtrace") : undefined;
  }
  const data = env("XDG_DATA_HOME");
  if (data?.startsWith("/")) return joinPath(data, "coldtrace");
  const home = env("HOME");
  return home ? joinPath(home, ".local", "share", "coldtrace") : undefined;
}

/** Joins a folder and names below it; without `node:path`, which takes time to load. */
export function joinPath(folder: string, ...names: string[]): string {
  const separator = Deno.build.os === "windows" ? "\\" : "/";
  return [folder.replace(/[/\\]+$/, ""), ...names].join(separator);
}

function permittedEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

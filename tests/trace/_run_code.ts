/** What a program printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/**
 * Runs code in a Deno of its own that knows nothing but `env`.
 *
 * @param code A module; it is read from stdin, so its imports are absolute.
 * @param permissions Flags.
 */
export async function runCode(
  code: string,
  env: Record<string, string>,
  permissions: string[],
): Promise<Printed> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--no-config", "--no-prompt", ...permissions, "-"],
    // Windows needs its SystemRoot, and Deno a place for its cache of compiled modules.
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...kept(), ...env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function kept(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "PATH", "SystemRoot", "LOCALAPPDATA", "XDG_CACHE_HOME"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

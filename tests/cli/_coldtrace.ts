const MAIN = new URL("../../src/cli/main.ts", import.meta.url);

/** How a call of the command line went. */
export interface Call {
  code: number;
  stdout: string;
  stderr: string;
}

/** How to call it. */
export interface CallOptions {
  /** What stands on its standard input; nothing by default. */
  stdin?: string;
  /** Variables that it gets besides those of the tests. */
  env?: Record<string, string>;
  /** What else it may do: `--allow-write`. */
  allow?: string[];
}

/** Calls the command line, which may read files and the environment. */
export async function coldtrace(args: string[], options: CallOptions = {}): Promise<Call> {
  const { stdin, env = {}, allow = [] } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--unstable-lazy-dynamic-imports", "--quiet", "--no-prompt"],
      ...["--allow-read", "--allow-env", ...allow],
      ...[MAIN.href, ...args],
    ],
    env,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Starts `_run_main.ts` with these arguments, under these Deno flags. */
export function runMain(
  args: string[],
  flags: string[] = ["--allow-read", "--allow-write", "--allow-env", "--allow-run"],
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-lock", ...flags, MAIN, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The child's script, as a URL. */
const MAIN = new URL("_run_main.ts", import.meta.url).href;

/**
 * The same under the shell's limit on the size of files, in kilobytes: what is beyond
 * cannot be written, as on a full disk. (Not for Windows.)
 */
export function runLimitedMain(args: string[], kilobytes: number): Deno.Command {
  const flags = ["--quiet", "--no-lock", "--no-code-cache", "--allow-read", "--allow-write"];
  const script = `trap "" XFSZ; ulimit -f ${kilobytes}; exec "$0" run "$@"`;
  return new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath(), ...flags, MAIN, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** What a child printed, its stdin being empty. */
export async function outputOf(command: Deno.Command, stdin = ""): Promise<string> {
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

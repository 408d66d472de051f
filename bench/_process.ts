/** Variables that would make a child trace, or have it trace into somebody's trace. */
const TRACING = /^(OTEL_|COLDTRACE_|TRACEPARENT$|TRACESTATE$|BAGGAGE$)/i;

/** A `bench/` program's URL. */
export function program(path: string): string {
  return new URL(path, import.meta.url).href;
}

/** The environment of a child in which nothing is traced: as ours, but for what would. */
export function quietEnv(more: Record<string, string> = {}): {
  clearEnv: true;
  env: Record<string, string>;
} {
  const ours = Object.entries(Deno.env.toObject()).filter(([name]) => !TRACING.test(name));
  return { clearEnv: true, env: { ...Object.fromEntries(ours), ...more } };
}

/** `deno run`, with the project's configuration, quietly. */
export function denoRun(...args: string[]): string[] {
  return ["run", "--quiet", "--no-prompt", ...args];
}

const MAIN = program("../src/cli/main.ts");

/** `deno run` of a verb, as the tasks do it: no verb has to read the files of the others. */
export function verbRun(permissions: readonly string[], ...args: string[]): string[] {
  return denoRun("--unstable-lazy-dynamic-imports", ...permissions, MAIN, ...args);
}

/** Milliseconds that a process takes, from spawn to its end. */
export function wholeProgram(
  [program = "", ...args]: readonly string[],
  env: Record<string, string> = {},
): number {
  const command = new Deno.Command(program, {
    args,
    ...quietEnv(env),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const began = performance.now();
  const { success, stderr } = command.outputSync();
  const took = performance.now() - began;
  if (success) return took;
  throw new Error(`${[program, ...args].join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Milliseconds that a process of this Deno takes, from spawn to its end. */
export function wholeProcess(args: string[], env: Record<string, string> = {}): number {
  return wholeProgram([Deno.execPath(), ...args], env);
}

/** What a process of this Deno writes to stdout: one line of JSON. */
export async function answerOf<T>(args: string[]): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    ...quietEnv(),
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno ${args.join(" ")}: ${decode(stderr)}`);
  return JSON.parse(decode(stdout));
}

/** Reads a stream up to the end of its first line. */
export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = stream.getReader();
  try {
    while (!text.includes("\n")) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.releaseLock();
  }
  return text.split("\n")[0] ?? "";
}

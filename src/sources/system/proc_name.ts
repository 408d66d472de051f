import { baseName, invocationOf } from "../profiles/command_line.ts";

/** Programs that run a script, and those of their options that mean there is none. */
const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  node: ["-e", "--eval", "-p", "--print"],
  deno: ["eval", "repl"],
  bun: ["-e", "--eval"],
  perl: ["-e", "-E"],
  ruby: ["-e"],
  sh: ["-c"],
  bash: ["-c"],
  dash: ["-c"],
};

/**
 * Whether a process has put a title in the place of its arguments, as vLLM (`VLLM::EngineCore`),
 * `nginx: master process` and many others do: one text that is no program's name.
 */
export function isTitle(args: readonly string[]): boolean {
  const [text = "", ...more] = args;
  return more.length === 0 && /\s|::/.test(text) && !text.startsWith("/");
}

/**
 * What a process is called, from its arguments: its title, if it has set one, else the module or
 * script that it runs (`vllm.entrypoints.openai.api_server`, `server.js`), else its program.
 */
export function nameOfCommand(args: readonly string[]): string | undefined {
  const [first] = args;
  if (first === undefined) return undefined;
  if (isTitle(args)) return first;
  const program = baseName(first).replace(/^-/, "");
  if (/^(python|pypy)[\d.]*t?$/.test(program)) return pythonName(args) ?? program;
  const without = INTERPRETERS[program];
  if (without === undefined) return program;
  const rest = args.slice(1);
  if (rest.some((arg) => without.includes(arg))) return program;
  const script = rest.find((arg) => !arg.startsWith("-") && arg !== "run");
  return script === undefined ? program : baseName(script);
}

function pythonName(args: readonly string[]): string | undefined {
  const code = args[args.indexOf("-c") + 1] ?? "";
  // How `multiprocessing` starts its own: -c 'from multiprocessing.spawn import spawn_main; ...'.
  return invocationOf(args)?.program ?? /^from ([\w.]+) import /.exec(code)?.[1];
}

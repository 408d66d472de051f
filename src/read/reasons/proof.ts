/**
 * The command line that would prove a reason.
 *
 * @module
 */
import type { SpanRecord } from "../../trace/record.ts";
import { isShell, shellLine, shellWord } from "../shell.ts";
import type { Start } from "../start.ts";
import { coldOf } from "./cold.ts";
import type { Change, Finding } from "./reason.ts";

/** How many starts of each: three against three can never go below p = 0.1, six reach 0.002. */
const TIMES = 6;

/** How `run` was called before. */
export interface RunBefore {
  /** The data directory, where it is not the default. */
  readonly dir?: string | undefined;
  /** Its options without which the engine would not be known, or be watched in another way. */
  readonly options?: readonly string[];
  /** What `--cold` did before it, if anything. */
  readonly cold?: string | undefined;
}

/**
 * Builds `coldtrace run -n 6 --label ID-now --interleave ID-NAME='CMD' -- CMD`: starts of both
 * commands in turn, since machines change their state for minutes. The labels are the reason's own,
 * so that the proofs of several in one store do not mix.
 *
 * @param words the recorded command; `COMMAND` stands for one that is not known.
 * @param finding the reason's id, and what to compare; without that, the command is started alone.
 * @param how with what it was run: the data directory, where it is not the default, and the
 * options that a repetition needs.
 * @returns one command for a POSIX shell, of several lines where an argument is. Secrets are
 * `[redacted]` as they were recorded.
 */
export function proofOf(
  words: readonly string[] | undefined,
  { id, trial }: Pick<Finding, "id" | "trial">,
  { dir, options: told = [], cold: before }: RunBefore = {},
): string {
  const recorded = words ?? ["COMMAND"];
  const other = `${id}-${trial?.name}`;
  const cold = trial?.cold?.(other, before) ?? before;
  const options = [
    ...(dir === undefined ? [] : [`--dir ${shellWord(dir)}`]),
    `--label ${id}-now`,
    // What is made cold before each start is not warmed.
    ...(trial?.keeps && cold === undefined ? ["--warm"] : []),
    ...(told.includes("--ready-url") ? [] : readyUrlOf(recorded)),
    ...(told.length === 0 ? [] : [shellLine(told)]),
    ...(cold === undefined ? [] : [`--cold ${shellWord(cold)}`]),
    ...(trial === undefined
      ? []
      : [`--interleave ${other}=${shellWord(shellLine(trial.change(recorded)))}`]),
  ];
  const own = shellLine(trial?.now?.(recorded) ?? recorded);
  return `coldtrace run -n ${TIMES} ${options.join(" ")} -- ${own}`;
}

/**
 * The command that was started.
 *
 * @param start what to read.
 * @returns `process.command_args` of the root, behind `env` with the variables that `--interleave`
 * set for it, else of the engine's own process; `undefined` where neither has it. Of `coldtrace
 * serve` it is that, and not what it starts itself.
 */
export function commandOf({ root, spans }: Start): readonly string[] | undefined {
  const own = spans.filter(({ parentSpanId }) => root && parentSpanId === root.spanId);
  for (const span of [root, ...own]) {
    const args = span?.attributes["process.command_args"];
    if (!Array.isArray(args) || args.length === 0) continue;
    return behindVariables(root, serveCommand(args.map(String)));
  }
  return undefined;
}

const VARIABLE = "process.environment_variable.";

function behindVariables(
  root: SpanRecord | undefined,
  words: readonly string[],
): readonly string[] {
  const set = Object.entries(root?.attributes ?? {})
    .filter(([name]) => name.startsWith(VARIABLE))
    .map(([name, value]) => `${name.slice(VARIABLE.length)}=${value}`);
  return set.length === 0 ? words : ["env", ...set, ...words];
}

/**
 * How `run` was called: what of it a repetition needs.
 *
 * @param start what to read.
 * @returns its options, as arguments, and what made the start cold; none where it was told none, or
 * is not from it.
 */
export function runBefore(start: Start): Pick<RunBefore, "options" | "cold"> {
  const options = start.root?.attributes["coldtrace.run.options"];
  return { options: Array.isArray(options) ? options.map(String) : [], cold: coldOf(start) };
}

/** Our own API server, as `serve` starts it. */
const API_SERVER = /\/api_main\.ts$/;
/** Where a trial of it listens that took any port. */
const PORT = "8000";

function serveCommand(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => API_SERVER.test(word));
  if (at === -1) return words;
  const args = words.slice(at + 1);
  const addon = args.indexOf("--addon");
  const own = addon === -1 ? args : [...args.slice(0, addon), ...args.slice(addon + 2)];
  const port = valueOf(own, "--port") === "0" ? withOption("--port", PORT)(own) : own;
  return ["coldtrace", "serve", "--no-store", ...port];
}

/** `run` asks our own server only where it is told to. */
function readyUrlOf(words: readonly string[]): string[] {
  if (words[0] !== "coldtrace" || words[1] !== "serve") return [];
  const [host = "127.0.0.1", port = PORT] = ["--host", "--port"].map((name) =>
    valueOf(words, name)
  );
  return [`--ready-url http://${host}:${port}/health`];
}

function valueOf(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at === -1 ? undefined : words[at + 1];
}

/** Adds arguments; to a shell's script, at its end, where the engine mostly is. */
export function withArgs(...args: readonly string[]): Change {
  return (words) => {
    const script = words.at(-1) ?? "";
    return isScript(words)
      ? [...words.slice(0, -1), `${script.trimEnd()} ${shellLine(args)}`]
      : [...words, ...args];
  };
}

/** Sets an option, in place of the value that it has. */
export function withOption(name: string, value: string): Change {
  return (words) => {
    const at = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
    if (at === -1) return withArgs(name, value)(words);
    const rest = words.slice(words[at] === name ? at + 2 : at + 1);
    return [...words.slice(0, at), name, value, ...rest];
  };
}

/** Leaves out an argument that has no value. */
export function withoutArg(arg: string): Change {
  return (words) => words.filter((word) => word !== arg);
}

/** Sets variables. */
export function withEnv(variables: Readonly<Record<string, string>>): Change {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return (words) => ["env", ...set, ...words];
}

/** Runs it behind another program. */
export function behind(...wrapper: readonly string[]): Change {
  return (words) => [...wrapper, ...words];
}

/** Sets variables to the path of a folder that is empty at each start. */
export function withFreshFolders(...variables: readonly string[]): Change {
  const set = variables.map((name) => `${name}="$(mktemp -d)"`).join(" ");
  return (words) => ["sh", "-c", `exec env ${set} ${shellLine(words)}`];
}

/** What a trial with {@linkcode withFreshFolders} shows. */
export const KEPT_SHOWS: string = "Compare with --allow-mixed, as what is kept is what differs";

/** Has each Python process run a line first, in a `sitecustomize.py` behind all other folders. */
export function withSite(line: string): Change {
  const script = `d=$(mktemp -d) && echo "${line}" > $d/sitecustomize.py && ` +
    'PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$d" exec ';
  return (words) => ["sh", "-c", script + shellLine(words)];
}

/** Whether a command is `sh -c SCRIPT`. */
function isScript(words: readonly string[]): boolean {
  return words.some((word, i) =>
    isShell(word) && /^-\w*c$/.test(words[i + 1] ?? "") &&
    i + 3 === words.length
  );
}

/** What the tests of `serve` share: real starts of the embedded engine, in folders of their own. */
import { assert } from "@std/assert";
import { resolveAddon } from "../src/llama/addon.ts";
import { DEFAULT_MODEL_FILE, ensureDefaultModel } from "../src/llama/model/default_model.ts";
import { decodeTraces } from "../src/otlp/json.ts";
import { readRun } from "../src/runs/reader.ts";
import type { SpanRecord } from "../src/trace/record.ts";

/** The command line as a module. */
export const MAIN: string = new URL("../src/cli/main.ts", import.meta.url).href;
/** As `deno task serve` has it. */
const FLAGS = [
  "run",
  "--unstable-lazy-dynamic-imports",
  "--quiet",
  "--no-prompt",
  "--allow-run",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net",
];

/** The command line of a verb of coldtrace. */
export function coldtraceCommand(args: readonly string[]): string[] {
  return [Deno.execPath(), ...FLAGS, MAIN, ...args];
}

/** The variables of the tests, without those that say where spans and runs go. */
export function plainEnv(): Record<string, string> {
  const entries = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(OTEL_|COLDTRACE_|TRACE(PARENT|STATE)$|BAGGAGE$|HF_)/i.test(name)
  );
  return { ...Object.fromEntries(entries), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
}

/** What a call or a start did. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Calls a verb of coldtrace and waits for its end. */
export async function coldtrace(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const [command = "", ...rest] = coldtraceCommand(args);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: rest,
    clearEnv: true,
    env: { ...plainEnv(), ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Folders for starts, in which the addon is found and the default model is made already. */
export class Yard implements AsyncDisposable {
  readonly #folder: string;
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Yard> {
    const folder = await Deno.makeTempDir({ prefix: "coldtrace-serve-" });
    await resolveAddon(folder);
    await ensureDefaultModel(`${folder}/models`);
    return new Yard(folder);
  }

  /** A file of the default model. */
  get model(): string {
    return `${this.#folder}/models/${DEFAULT_MODEL_FILE}`;
  }

  /** A new data directory. All processes of a start in it have its path in their arguments. */
  dir(): string {
    const dir = `${this.#folder}/data-${++this.#count}-`;
    Deno.mkdirSync(`${dir}/models`, { recursive: true });
    Deno.copyFileSync(`${this.#folder}/addon.json`, `${dir}/addon.json`);
    Deno.linkSync(this.model, `${dir}/models/${DEFAULT_MODEL_FILE}`);
    return dir;
  }

  /** Starts `serve` on a free port. */
  async serve(options: ServeOptions = {}): Promise<Serve> {
    const { dir = this.dir(), args = [], env = {}, isTraced = false, wrap = (c) => c } = options;
    const pipe = `${dir}/trace-${++this.#count}`;
    if (isTraced) await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const traceOut = isTraced ? ["--trace-out", pipe] : [];
    const [command = "", ...rest] = wrap(
      coldtraceCommand(["serve", "--port", "0", "--dir", dir, ...traceOut, ...args]),
    );
    const child = new Deno.Command(command, {
      args: rest,
      clearEnv: true,
      env: { ...plainEnv(), ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new Serve(child, dir, isTraced ? pipe : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** How to start `serve`. */
export interface ServeOptions {
  /** The data directory; a new one by default. */
  dir?: string;
  /** More arguments. */
  args?: string[];
  /** More variables. */
  env?: Record<string, string>;
  /** Whether {@linkcode Serve.span} is to be used. */
  isTraced?: boolean;
  /** Puts the command into another one. */
  wrap?: (command: string[]) => string[];
}

/** A running `serve`. Disposing of it kills whatever is left. */
export class Serve implements AsyncDisposable {
  readonly dir: string;
  readonly stdout: Text;
  readonly stderr: Text;
  readonly #child: Deno.ChildProcess;
  readonly #trace: Text | undefined;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;

  constructor(child: Deno.ChildProcess, dir: string, pipe: string | undefined) {
    this.#child = child;
    this.dir = dir;
    this.#stdin = child.stdin.getWriter();
    this.stderr = new Text(child.stderr);
    const said = () => `\n${this.stderr.text}`;
    this.stdout = new Text(child.stdout, said);
    if (pipe !== undefined) {
      const cat = new Deno.Command("cat", { args: [pipe], stdout: "piped" }).spawn();
      this.#trace = new Text(cat.stdout, said);
      // Where it is not opened for writing, because that died before, its reader would wait.
      child.status.then(() => Deno.open(pipe, { write: true, read: true }).then((f) => f.close()));
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves with the address when it serves, wherever that is printed. */
  async url(): Promise<string> {
    const line = /^Serving \S+ on (http\S+)$/m;
    const found = await Promise.race([this.stdout.match(line), this.stderr.match(line)]);
    return found[1] ?? "";
  }

  /** Resolves when everything about its start is printed. */
  async started(): Promise<void> {
    await this.stdout.match(/^stored in .+$/m);
  }

  /** Resolves when a span has ended and is known to the launcher. */
  async span(process: string, name: string): Promise<SpanRecord> {
    assert(this.#trace, "Expected isTraced");
    const find = (text: string) =>
      text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "")
        .flatMap((line) => decodeTraces(line))
        .find((s) => s.name === name && s.resource.attributes["coldtrace.process"] === process);
    return await this.#trace.find(find, `span '${name}' of ${process}`);
  }

  /** Types something. */
  async type(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  /** Sends a signal to the launcher. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended. */
  async ended(): Promise<Ended & { signal: Deno.Signal | null }> {
    const { code, signal } = await this.#child.status;
    await Promise.all([this.stdout.done, this.stderr.done]);
    return { code, signal, stdout: this.stdout.text, stderr: this.stderr.text };
  }

  /** Stops it as `kill` does. */
  stop(): Promise<Ended> {
    this.kill("SIGTERM");
    return this.ended();
  }

  /** Its processes that are running; zombies are not. */
  async processes(): Promise<{ pid: number; role: "launcher" | "API server" | "engine core" }[]> {
    // The pattern comes by stdin, so that nobody finds himself.
    const script = 'for f in $(grep -lsaF -f - /proc/[0-9]*/cmdline); do echo "$f $(tr "\\0" " " ' +
      '<$f 2>/dev/null)"; done';
    const child = new Deno.Command("sh", {
      args: ["-c", script],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${this.dir}\n`));
    await writer.close();
    const { stdout } = await child.output();
    return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
      const [, pid, command = ""] = /^\/proc\/(\d+)\/cmdline (.*)$/.exec(line) ?? [];
      // Those that the tests started around it.
      if (pid === undefined || /^(cat|sh|script) /.test(command)) return [];
      const role = command.includes("core_main.ts")
        ? "engine core" as const
        : command.includes("api_main.ts")
        ? "API server" as const
        : "launcher" as const;
      return [{ pid: Number(pid), role }];
    });
  }

  /** Resolves with the id of one of its processes as soon as it exists. */
  async pidOf(role: "API server" | "engine core"): Promise<number> {
    // The system tells nobody but its parent.
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      const found = (await this.processes()).find((process) => process.role === role);
      if (found) return found.pid;
    }
    throw new Error(`Expected ${role}: ${this.stderr.text}`);
  }

  /** Resolves when none of its processes is left. */
  async gone(): Promise<void> {
    let left = await this.processes();
    for (const end = performance.now() + 20_000; left.length > 0 && performance.now() < end;) {
      left = await this.processes();
    }
    assert(left.length === 0, `Expected nothing to be left: ${JSON.stringify(left)}`);
  }

  /** The files of the stored runs. */
  runs(): string[] {
    try {
      return [...Deno.readDirSync(`${this.dir}/runs`)].filter(({ name }) => name.endsWith(".jsonl"))
        .map(({ name }) => `${this.dir}/runs/${name}`).sort();
    } catch {
      return [];
    }
  }

  /** The spans of its one stored run. */
  async records(): Promise<SpanRecord[]> {
    const [path, ...others] = this.runs();
    assert(path !== undefined && others.length === 0, `Expected one run: ${this.runs()}`);
    const { records, torn } = await readRun(path);
    assert(torn === 0, "Expected no torn line");
    return records;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of await this.processes()) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // Gone meanwhile.
      }
    }
    await this.ended();
    await this.#stdin.close().catch(() => {});
  }
}

/** The text of a stream, as it comes. */
class Text {
  text = "";
  /** Resolves at the stream's end. */
  readonly done: Promise<void>;
  readonly #context: () => string;
  #isDone = false;
  #changed = Promise.withResolvers<void>();

  /** `context` is shown with what is missing. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, context: () => string = () => "") {
    this.#context = context;
    this.done = this.#read(stream);
  }

  /** Resolves as soon as `find` finds something in the text. */
  async find<T>(find: (text: string) => T | undefined, what: string): Promise<T> {
    for (;;) {
      const { promise } = this.#changed;
      const found = find(this.text);
      if (found !== undefined) return found;
      if (this.#isDone) throw new Error(`Expected ${what}: ${this.text}${this.#context()}`);
      await promise;
    }
  }

  match(pattern: RegExp): Promise<RegExpExecArray> {
    const found = this.find((text) => pattern.exec(text) ?? undefined, `${pattern}`);
    // Who asks two streams wants one answer.
    found.catch(() => {});
    return found;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.text += decoder.decode(chunk, { stream: true });
      this.#tell();
    }
    this.#isDone = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

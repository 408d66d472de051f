/** What the tests of `run` share: real programs run by it, each with a data directory of its own. */
import { assert } from "@std/assert";
import { rows } from "../../src/read/rows.ts";
import { readStart, type Start } from "../../src/read/start.ts";
import { readRun } from "../../src/runs/reader.ts";
import { type TimeReport, timeReport } from "../../src/show/time_json.ts";
import type { SpanRecord } from "../../src/trace/record.ts";
import { MAIN, plainEnv } from "../_serve.ts";

const decoder = new TextDecoder();

/** How to call `run`. */
export interface RunCall {
  /** The options of `run`. */
  options?: string[];
  /** More variables. */
  env?: Record<string, string>;
  /** What stands on stdin; nothing by default. */
  stdin?: "null" | "piped";
}

/** How a call of `run` went. */
export interface RunEnded {
  code: number;
  stdout: string;
  stderr: string;
}

/** A folder for the runs of one test. */
export class RunYard implements AsyncDisposable {
  /** The data directory. */
  readonly dir: string;

  /** In a new temporary folder, by default of the system's. */
  constructor(parent?: string) {
    this.dir = Deno.makeTempDirSync({
      prefix: "coldtrace-run-",
      ...(parent !== undefined && { dir: parent }),
    });
  }

  /** Starts `coldtrace run`. */
  spawn(command: string[], { options = [], env = {}, stdin = "null" }: RunCall = {}): RunChild {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", MAIN, "run", "--dir", this.dir, ...options, "--", ...command],
      clearEnv: true,
      env: { ...plainEnv(), ...env },
      stdin,
      stdout: "piped",
      stderr: "piped",
      // In a session of its own, as the tests may have a terminal.
      detached: true,
    }).spawn();
    return new RunChild(child);
  }

  /** Calls `coldtrace run` and waits for its end. */
  async run(command: string[], call: RunCall = {}): Promise<RunEnded> {
    return await this.spawn(command, call).ended();
  }

  /** The spans of the runs that are stored, the oldest first. */
  async runs(): Promise<SpanRecord[][]> {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(`${this.dir}/runs`)) {
        if (name.endsWith(".jsonl")) names.push(name);
      }
    } catch {
      return [];
    }
    const contents = names.sort().map((name) => readRun(`${this.dir}/runs/${name}`));
    return (await Promise.all(contents)).map(({ records }) => records);
  }

  /** The one start that is stored, and what `time --json` says of it. */
  async start(): Promise<{ start: Start; report: TimeReport; root: SpanRecord }> {
    const [records, ...others] = await this.runs();
    assert(records && others.length === 0, "one start is stored");
    const start = readStart(records);
    assert(start.root);
    return { start, report: timeReport(start, rows(start)), root: start.root };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** A `coldtrace run` that is under way. */
export class RunChild {
  readonly child: Deno.ChildProcess;
  #text = "";

  constructor(child: Deno.ChildProcess) {
    this.child = child;
  }

  /** Waits for a match in what it writes to stdout. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const reader = this.child.stdout.getReader();
    try {
      for (;;) {
        const match = pattern.exec(this.#text);
        if (match) return match;
        const { value, done } = await reader.read();
        assert(!done, `'${pattern}' is in: ${this.#text}`);
        this.#text += decoder.decode(value, { stream: true });
      }
    } finally {
      reader.releaseLock();
    }
  }

  /** Waits for a match in what it writes to stderr, which is read no further. */
  async tells(pattern: RegExp): Promise<string> {
    const reader = this.child.stderr.getReader();
    let text = "";
    while (!pattern.test(text)) {
      const { value, done } = await reader.read();
      assert(!done, `'${pattern}' is in: ${text}`);
      text += decoder.decode(value, { stream: true });
    }
    reader.releaseLock();
    return text;
  }

  /** Its end, and the rest of what it wrote. */
  async ended(): Promise<RunEnded> {
    const [status, stdout, stderr] = await Promise.all([
      this.child.status,
      restOf(this.child.stdout),
      restOf(this.child.stderr),
    ]);
    return { code: status.code, stdout: this.#text + stdout, stderr };
  }
}

/** All text that is left in a stream, of which some may have been read. */
export async function restOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  return await new Blob(await Array.fromAsync(stream)).text();
}

/** A port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

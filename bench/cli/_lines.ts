import { quietEnv } from "../_process.ts";
import { Coldtrace } from "./_coldtrace.ts";

/** Who passes the lines on. */
export type Passer = "cat FILE" | "coldtrace run -- cat FILE";

/** Nobody listens there, so that the engine is never ready and its log is read to its end. */
const NEVER = "http://127.0.0.1:9/health";
const CHUNK = 65_536;

/** A long log of real vLLM, the recorded starts one after the other again and again. */
export class Lines implements Disposable {
  /** How many lines it has. */
  readonly count: number;
  readonly #coldtrace = new Coldtrace();
  readonly #size: number;
  readonly #commands: Readonly<Record<Passer, string[]>>;

  /** Writes it to a temporary file. */
  constructor(count: number) {
    this.count = count;
    const file = `${this.#coldtrace.dir}/vllm.log`;
    this.#size = writeLines(file, recordedLines(), count);
    const cat = ["cat", file];
    const options = ["--engine", "vllm", "--ready-url", NEVER, "--probe", "off"];
    this.#commands = {
      "cat FILE": cat,
      "coldtrace run -- cat FILE": this.#coldtrace.wrap(cat, ...options),
    };
  }

  /** Milliseconds until all of it has been read at the other end, which makes sure that it is all. */
  async time(passer: Passer): Promise<number> {
    const [program = "", ...args] = this.#commands[passer];
    const began = performance.now();
    const child = new Deno.Command(program, {
      args,
      ...quietEnv(),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const size = await sizeOf(child.stdout);
    const took = performance.now() - began;
    await child.status;
    if (size === this.#size) return took;
    throw new Error(`'${passer}' passed on ${size} bytes of ${this.#size}`);
  }

  [Symbol.dispose](): void {
    this.#coldtrace[Symbol.dispose]();
  }
}

/** All lines of all recorded starts. */
function recordedLines(): string[] {
  const folder = new URL("../../tests/testdata/captures/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return names.flatMap((name) => {
    const log = Deno.readTextFileSync(new URL(`${name}/log.jsonl`, folder));
    return log.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line).text);
  });
}

/** Writes so many lines to a file; returns its size. */
function writeLines(path: string, lines: readonly string[], count: number): number {
  using file = Deno.openSync(path, { write: true, create: true });
  const encoder = new TextEncoder();
  let size = 0;
  for (let left = count; left > 0; left -= lines.length) {
    const bytes = encoder.encode(lines.slice(0, left).map((line) => `${line}\n`).join(""));
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    size += bytes.length;
  }
  return size;
}

/** Reads a stream to its end, as cheaply as can be. */
async function sizeOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader({ mode: "byob" });
  let size = 0;
  for (let buffer = new ArrayBuffer(CHUNK);;) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done || !value) return size;
    size += value.length;
    buffer = value.buffer;
  }
}

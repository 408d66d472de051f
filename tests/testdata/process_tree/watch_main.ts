/**
 * Watches real processes and writes what it saw as one line of JSON: what the tests ask of it is
 * the first argument. It runs with `-A`, as reading `/proc` takes that.
 */
import { cgroupSnapshot } from "../../../src/sources/cgroup.ts";
import { type ProcessTree, watchProcessTree } from "../../../src/sources/process_tree.ts";
import type { Testimony, WitnessProcess } from "../../../src/sources/witness.ts";
import { unixNano } from "../../../src/trace/process.ts";

/** A shell and what is said to it and by it. */
class Shell {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(script: string, ...args: string[]) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", script, "engine", ...args],
      stdin: "piped",
      stdout: "piped",
      // Where a shell tells of the processes that were killed.
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  async line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("The shell ended");
      this.#rest += value;
    }
    const [line = "", ...rest] = this.#rest.split("\n");
    this.#rest = rest.join("\n");
    return line;
  }

  async say(line: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#lines.cancel();
    await this.#child.status;
  }
}

/** Waits for the watch, which looks by itself, to know a process of which `is` holds. */
async function until(watch: ProcessTree, is: (process: WitnessProcess) => boolean): Promise<void> {
  while (!watch.testimony().processes.some(is)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const scenarios: Record<string, () => Promise<unknown> | unknown> = {
  /** A child that sets a title, and one that is killed. */
  async tree() {
    const fifo = `${await Deno.makeTempDir()}/fifo`;
    const before = unixNano();
    const shell = new Shell(
      `mkfifo "$1"; exec 4<>"$1"; rm -r "\${1%/*}"
      bash -c 'exec -a VLLM::EngineCore cat' <&4 & title=$!
      sleep 300 & echo "$title $!"
      read go; kill $!; wait $!; echo gone; read go; kill $title; wait $title`,
      fifo,
      "--api-key",
      "not-to-be-told",
    );
    const [title, sleep] = (await shell.line()).split(" ").map(Number);
    const after = unixNano();
    const watch = watchProcessTree(shell.pid);
    await until(watch, ({ name }) => name === "VLLM::EngineCore");
    await until(watch, ({ name }) => name === "sleep");
    const alive = watch.testimony();
    await shell.say("kill it");
    await shell.line();
    const killed = unixNano();
    await until(watch, ({ pid, died }) => pid === sleep && died !== undefined);
    await shell.say("end");
    await shell.end();
    watch.stop();
    const pids = { shell: shell.pid, title, sleep };
    return { pids, before, after, killed, alive, ended: watch.testimony() };
  },

  /** A process that computes, and one that sleeps. */
  async busy() {
    const shell = new Shell(`sleep 300 & echo $!; (while :; do :; done) & wait $!`);
    const sleep = Number(await shell.line());
    const watch = watchProcessTree(shell.pid);
    const busy = ({ samples = [] }: WitnessProcess) =>
      samples.length >= 5 && (samples.at(-1)?.cpu ?? 0) >= 100;
    await until(watch, busy);
    watch.stop();
    const testimony = watch.testimony();
    const pid = testimony.processes.find(busy)?.pid;
    if (pid === undefined) throw new Error("Nobody is busy");
    for (const one of [pid, sleep]) Deno.kill(one, "SIGKILL");
    await shell.end();
    return { pids: { shell: shell.pid, sleep, busy: pid }, testimony, after: unixNano() };
  },

  /** A process whose parent ends before it does. */
  async orphan() {
    const shell = new Shell(`sh -c 'sleep 300 & echo $$ $!; read go'; echo gone; read go`);
    const [parent, sleep = 0] = (await shell.line()).split(" ").map(Number);
    const watch = watchProcessTree(shell.pid);
    await shell.say("end the parent");
    await shell.line();
    watch.stop();
    const testimony = watch.testimony();
    Deno.kill(sleep, "SIGKILL");
    await shell.end();
    return { pids: { shell: shell.pid, parent, sleep }, testimony };
  },

  /** A child that was made by a thread of its parent's other than the first. */
  async thread() {
    const shell = new Shell(`exec python3 -c '
import subprocess, threading
def run():
    child = subprocess.Popen(["sleep", "300"])
    print(child.pid, flush=True)
    input()
    child.kill()
thread = threading.Thread(target=run)
thread.start()
thread.join()
'`);
    const sleep = Number(await shell.line());
    const watch = watchProcessTree(shell.pid);
    watch.stop();
    const testimony = watch.testimony();
    await shell.say("end");
    await shell.end();
    return { pids: { python: shell.pid, sleep }, testimony };
  },

  /** A process that nobody waits for. */
  async gone() {
    const child = new Deno.Command("true").spawn();
    await child.status;
    const watch = watchProcessTree(child.pid);
    watch.stop();
    watch.stop();
    return watch.testimony();
  },

  /** Nothing but the watch goes on when this returns. */
  idle() {
    const child = new Deno.Command("sleep", { args: ["300"], stdout: "null", stderr: "null" })
      .spawn();
    child.unref();
    watchProcessTree(child.pid);
    return child.pid;
  },

  own(): Testimony {
    const watch = watchProcessTree(Deno.pid);
    watch.stop();
    return watch.testimony();
  },

  cgroup() {
    return cgroupSnapshot(Deno.pid) ?? {};
  },
};

const seen = await scenarios[Deno.args[0] ?? ""]?.();
const json = JSON.stringify(
  seen,
  (_, value) => typeof value === "bigint" ? { nano: `${value}` } : value,
);
await Deno.stdout.write(new TextEncoder().encode(`${json}\n`));

// deno-lint-ignore-file no-console
/**
 * The memory of `run` behind an engine that has become ready and goes on to write lines of 60 bytes, the newline included.
 * 20 gigabytes are what 100,000 lines a second come to in an hour:
 *
 *     deno run -A bench/cli/_chatty_main.ts [--gigabytes 20]
 *
 * @module
 */
import { quietEnv } from "../_process.ts";
import { Coldtrace } from "./_coldtrace.ts";
import { numbers } from "./_numbers.ts";

const GIGABYTE = 1e9;
const CHUNK = 65_536;
const LINE = "INFO 11-28 10:00:00 [loggers.py:271] Engine 000: a long log";

const { gigabytes } = numbers(Deno.args, { gigabytes: 20 });
using coldtrace = new Coldtrace();
const engine = ["sh", "-c", `echo ready; exec yes '${LINE}'`];
const [program = "", ...args] = coldtrace.wrap(engine, "--ready-log", "^ready$");
const child = new Deno.Command(program, {
  args,
  ...quietEnv(),
  stdin: "null",
  stdout: "piped",
}).spawn();
const reader = child.stdout.getReader({ mode: "byob" });
let buffer = new ArrayBuffer(CHUNK);
let size = 0;
const began = performance.now();

/** Reads on until so many bytes have come in all. */
async function readTo(bytes: number): Promise<void> {
  while (size < bytes) {
    const { value, done } = await reader.read(new Uint8Array(buffer));
    if (done || !value) throw new Error("The engine is silent");
    size += value.length;
    buffer = value.buffer;
  }
}

/** Prints the resident memory, and how fast the lines come. */
async function tell(): Promise<void> {
  const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
  const mebibytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${(size / GIGABYTE).toFixed(1)} GB, ${Math.round(size / (LINE.length + 1) / 1e6)} M lines, ` +
      `${seconds.toFixed(0)} s: RSS ${mebibytes("VmRSS").toFixed(1)} MiB, ` +
      `at most ${mebibytes("VmHWM").toFixed(1)} MiB`,
  );
}

await readTo(GIGABYTE / 10);
await tell();
for (let tenth = 1; tenth <= 10; tenth++) {
  await readTo(gigabytes * GIGABYTE * tenth / 10);
  await tell();
}
child.kill("SIGKILL");
await reader.cancel();
await child.status;

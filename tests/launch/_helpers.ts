import { assert } from "@std/assert";
import type { Engine, LaunchEngineOptions } from "../../src/launch/types.ts";
import { launchEngine } from "../../src/launch/launch.ts";
import type { SpanRecord } from "../../src/trace/record.ts";

/** The arguments that run `tests/testdata/launch/engine.ts` in a scenario. */
export function engineArgs(...scenario: string[]): string[] {
  const program = new URL("../testdata/launch/engine.ts", import.meta.url);
  const flags = ["--no-config", "--no-lock", "--no-prompt", "--allow-env", "--allow-run"];
  return ["run", ...flags, program.href, ...scenario];
}

/** Launches the test engine with a channel. */
export function launchTestEngine(
  scenario: string | string[],
  options: LaunchEngineOptions = {},
): Promise<Engine> {
  return launchEngine(Deno.execPath(), {
    args: engineArgs(...[scenario].flat()),
    channel: "stdio",
    stdout: "null",
    stderr: "null",
    name: "engine",
    ...options,
  });
}

/** Launches a shell script. */
export function launchShell(script: string, options: LaunchEngineOptions = {}): Promise<Engine> {
  return launchEngine("sh", { args: ["-c", script], name: "shell", ...options });
}

/** The one record of that name. */
export function spanOf(records: readonly SpanRecord[], name: string): SpanRecord {
  const [record, ...others] = records.filter((record) => record.name === name);
  const names = records.map(({ name }) => name);
  assert(record && others.length === 0, `Expected one '${name}' among ${JSON.stringify(names)}`);
  return record;
}

/** All text that is left in a stream. */
export async function textOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined,
): Promise<string> {
  assert(stream);
  return await new Blob(await Array.fromAsync(stream)).text();
}

/** Resolves with the first match in what a stream holds; the stream is read on by nobody. */
export async function firstMatch(
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined,
  pattern: RegExp,
): Promise<string[]> {
  assert(stream);
  const decoder = new TextDecoder();
  let text = "";
  const reader = stream.getReader();
  try {
    while (true) {
      const { value, done } = await reader.read();
      text += decoder.decode(value, { stream: true });
      const match = pattern.exec(text);
      if (match) return [...match];
      assert(!done, `Expected ${pattern} in ${JSON.stringify(text)}`);
    }
  } finally {
    reader.releaseLock();
  }
}

/** What `ps` says of a process: its state, or nothing if it is gone. A zombie is dead. */
export async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await new Deno.Command("cat", {
    args: [`/proc/${pid}/stat`],
    stderr: "null",
  }).output();
  const state = new TextDecoder().decode(stdout).split(") ")[1]?.[0];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** Resolves when a process that is no child of ours has ended; the system does not tell. */
export async function isGone(pid: number): Promise<void> {
  await becomes(async () => !await isAlive(pid), `Expected process ${pid} to end`);
}

/** Resolves when something is so of which nobody tells when. */
export async function becomes(
  isSo: () => boolean | Promise<boolean>,
  message: string,
): Promise<void> {
  for (let i = 0; !await isSo(); i++) {
    assert(i < 1000, message);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

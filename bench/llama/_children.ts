import { launchEngine } from "../../src/launch/launch.ts";
import { quietEnv } from "../_process.ts";

/** The modes of every phase. */
export type Mode = "bare" | "off" | "on";

/**
 * Runs a process of the engine and returns what it says of its phases, in milliseconds; below a
 * launcher and its channel where tracing is on.
 */
export async function timesOf(args: string[], on: boolean): Promise<Record<string, number>> {
  const stderr = on ? await launched(args) : await spawned(args);
  const line = stderr.split("\n").find((line) => line.startsWith("{"));
  if (line === undefined) throw new Error(`Cannot start the engine: ${stderr}`);
  return JSON.parse(line);
}

async function launched(args: string[]): Promise<string> {
  await using engine = await launchEngine(Deno.execPath(), {
    args,
    ...quietEnv(),
    channel: "stdio",
    stderr: "piped",
  });
  const stderr = await new Response(engine.stderr ?? null).text();
  await engine.status;
  return stderr;
}

async function spawned(args: string[]): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    ...quietEnv(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode("{}\n"));
  const { stderr } = await output(child);
  await stdin.close().catch(() => {});
  return stderr;
}

/** What it writes, though its stdin stays open. */
async function output(child: Deno.ChildProcess): Promise<{ stderr: string }> {
  const [stderr] = await Promise.all([
    new Response(child.stderr).text(),
    new Response(child.stdout).text(),
    child.status,
  ]);
  return { stderr };
}

import { launchEngine } from "../../mod.ts";
import { denoRun, firstLine, program, quietEnv } from "../_process.ts";

/** A Deno program that traces, prints a line and ends. */
const ARGS = denoRun(program("programs/line_main.ts"));

/** By `Deno.Command` alone. */
async function command(detached: boolean): Promise<number> {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ARGS,
    ...quietEnv(),
    stdin: "inherit",
    stdout: "piped",
    detached,
  }).spawn();
  await firstLine(child.stdout);
  const took = performance.now() - began;
  await child.status;
  await child.stdout.cancel();
  return took;
}

/** By `launchEngine`, which makes the process's span, and has it lead a group. */
async function launch(): Promise<number> {
  const began = performance.now();
  await using engine = await launchEngine(Deno.execPath(), {
    args: ARGS,
    ...quietEnv(),
    stdout: "piped",
  });
  if (engine.stdout === undefined) throw new Error("stdout is not piped");
  await firstLine(engine.stdout);
  const took = performance.now() - began;
  await engine.status;
  await engine.stdout.cancel();
  return took;
}

/** A way to start the program. */
export type Spawner = "Deno.Command" | "Deno.Command, detached" | "launchEngine";

/** Each takes the milliseconds until the program's first line. */
export const SPAWNERS: Readonly<Record<Spawner, () => Promise<number>>> = {
  "Deno.Command": () => command(false),
  // Deno forks then, instead of what is quicker.
  "Deno.Command, detached": () => command(true),
  "launchEngine": launch,
};

/**
 * Starting a process: from the call to the first line of a Deno program.
 *
 * @module
 */
import { benchWith } from "../_permissions.ts";
import { answerOf, denoRun, program } from "../_process.ts";
import { Rounds } from "../_rounds.ts";
import { type Spawner, SPAWNERS } from "./_spawn.ts";

const names = Object.keys(SPAWNERS) as Spawner[];

const again = new Rounds(names, async (name) => ({ time: await SPAWNERS[name]() }));
const first = new Rounds(names, (name) =>
  answerOf<{ time: number }>([
    ...denoRun(
      "--allow-run",
      "--allow-read",
      "--allow-env",
      program("launch/_first_main.ts"),
    ),
    name,
  ]));

benchWith(
  ["run", "read", "env"],
  "starting a process",
  [[again, "process start"] as const, [first, "process start, a process's first"] as const]
    .flatMap(([rounds, group]) =>
      names.map((name) =>
        rounds.bench("time", name, { name, group, baseline: name === "Deno.Command" })
      )
    ),
);
